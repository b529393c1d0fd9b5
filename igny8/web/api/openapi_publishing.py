"""The OpenAPI description of publishing: targets and publications."""

from igny8.models.publication import STATES
from igny8.web.api.openapi_parts import (
    BEFORE,
    BOOLEAN,
    COUNT,
    DATE_TIME,
    LIMIT,
    SITE,
    TEXT,
    list_of,
    object_of,
    operation,
    or_null,
)

SITE_REF = {"$ref": "#/components/schemas/Site"}
ID = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
STATE = {"enum": list(STATES)}
WANTED = {"enum": ["publish", "draft"]}
TARGET_ID = {
    "name": "target_id",
    "in": "query",
    "schema": ID,
    "description": "Id of a target; may be left out where the site has only one.",
}
FINGERPRINT = {"type": "string", "maxLength": 64}
ROW_ID = {"name": "row_id", "in": "path", "required": True, "schema": ID}
DECISIONS = {
    "keep": "Keep the text that a person changed on the site",
    "take": "Take the text that a person changed on the site in, as a new version",
    "send": "Send the article over the text that a person changed on the site",
}
CONTENT_ID = {"name": "content_id", "in": "query", "schema": ID, "description": "Id of an article."}
SCHEMAS = {
    "PublishBody": {
        "type": "object",
        "properties": {
            "site_id": {"type": ["string", "integer"]},
            "target_id": ID,
            "content_id": ID,
            "wanted": WANTED,
            "publish_at": DATE_TIME,
            "fingerprint": FINGERPRINT,
        },
        "description": "May repeat the query parameters, which take precedence.",
    },
    "Target": object_of(
        id=COUNT,
        name=TEXT,
        kind=TEXT,
        on_approval={"enum": ["nothing", "publish", "calendar"]},
        can=object_of(publish=BOOLEAN, unpublish=BOOLEAN, check=BOOLEAN, set_date=BOOLEAN),
        paused_until=or_null(DATE_TIME),
        pause_reason=TEXT,
    ),
    "Publication": object_of(
        id=COUNT,
        content_id=COUNT,
        target_id=COUNT,
        state=STATE,
        wanted=WANTED,
        reason=TEXT,
        attempts={"type": "integer"},
        title=TEXT,
        url=TEXT,
        changed_there=BOOLEAN,
        publish_at=or_null(DATE_TIME),
        published_at=or_null(DATE_TIME),
        checked_at=or_null(DATE_TIME),
        changed_at=DATE_TIME,
        proof=list_of(object_of(name=TEXT, ok=BOOLEAN, note=TEXT)),
    ),
}


def _get(name: str, summary: str, parameters: list, **answer: dict) -> dict:
    return {
        "get": operation(name, summary, [SITE, *parameters], object_of(site=SITE_REF, **answer))
    }


def _post(name: str, summary: str, parameters: list, **answer: dict) -> dict:
    parameters = [SITE, TARGET_ID, *parameters]
    return {"post": operation(name, summary, parameters, object_of(**answer), True, "PublishBody")}


PATHS = {
    "/api/v1/publishing/targets/": _get(
        "publishing_targets",
        "The publishing targets, and what each can do",
        [],
        targets=list_of({"$ref": "#/components/schemas/Target"}),
    ),
    "/api/v1/publishing/publications/": _get(
        "publications",
        "What is published where, the newest first",
        [{"name": "state", "in": "query", "schema": STATE}, CONTENT_ID, LIMIT, BEFORE],
        publications=list_of({"$ref": "#/components/schemas/Publication"}),
    ),
    "/api/v1/publishing/publish/": _post(
        "publish",
        "Publish an approved article; without content_id, all approved ones",
        [CONTENT_ID, {"name": "wanted", "in": "query", "schema": WANTED}],
        queued=COUNT,
    ),
    "/api/v1/publishing/schedule/": _post(
        "schedule",
        "Schedule an approved article for a time or the next free one; without content_id, all",
        [CONTENT_ID, {"name": "publish_at", "in": "query", "schema": DATE_TIME}],
        scheduled=COUNT,
    ),
    "/api/v1/publishing/changed/{row_id}/": _get(
        "changed_texts",
        "The texts of an article that a person changed on the site, and those that it has here",
        [ROW_ID],
        ours=object_of(title=TEXT, excerpt=TEXT, html=TEXT),
        changed=list_of(
            object_of(
                target_id=COUNT,
                reason=TEXT,
                fingerprint=TEXT,
                changed_at=TEXT,
                title=TEXT,
                excerpt=TEXT,
                html=TEXT,
            )
        ),
    ),
    **{
        f"/api/v1/publishing/changed/{{row_id}}/{verb}/": _post(
            f"{verb}_changed_text",
            summary,
            [ROW_ID, {"name": "fingerprint", "in": "query", "schema": FINGERPRINT}],
            site=SITE_REF,
            changed=BOOLEAN,
        )
        for verb, summary in DECISIONS.items()
    },
    "/api/v1/publishing/unpublish/": _post(
        "unpublish",
        "Take away what is published of an article",
        [CONTENT_ID | {"required": True}],
        changed=BOOLEAN,
    ),
}
