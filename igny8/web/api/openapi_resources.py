"""The OpenAPI description of a site's data: keywords, clusters, ideas, articles, schedule."""

from typing import Any

from igny8.models.content import PERSON_ONLY
from igny8.models.queries.articles import STATUSES as ARTICLE_STATUSES
from igny8.web.api import openapi_parts as schema
from igny8.web.api.openapi_parts import BEFORE, BOOLEAN, COUNT, LIMIT, SITE, TEXT
from igny8.web.ui.request_args import MAX_REASON_CHARS

SITE_REF = {"$ref": "#/components/schemas/Site"}
ROW_ID = {
    "name": "row_id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647},
    "description": "Id of the row, as the list gives it.",
}
OR_NULL = {"type": ["string", "integer", "number", "boolean", "null"]}
SEARCH = {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 200}}
REASON = {
    "name": "reason",
    "in": "query",
    "schema": {"type": "string", "maxLength": MAX_REASON_CHARS},
}
KEYWORD = {"type": "object", "required": ["id", "phrase", "status"]}
CLUSTER = {"type": "object", "required": ["id", "name", "status"]}
IDEA = {"type": "object", "required": ["id", "title", "status", "decision"]}
ARTICLE = {
    "type": "object",
    "required": ["id", "title", "kind", "status", "rule_hours", "words"],
    "properties": {
        "rule_hours": {
            "type": ["integer", "null"],
            "description": "Hours of the rule that approved it; null if no rule did.",
        },
        "person_only": {
            "enum": ["", *PERSON_ONLY],
            "description": "Why only a person may approve it; empty if a rule may.",
        },
    },
}
CHANGED = schema.object_of(site=SITE_REF, changed=BOOLEAN)
IDEA_ANSWER = schema.object_of(site=SITE_REF, idea=IDEA, keywords=schema.list_of(TEXT))


def _statuses(*values: str) -> dict[str, Any]:
    return {"name": "status", "in": "query", "schema": {"enum": list(values)}}


def text_param(name: str, longest: int) -> dict[str, Any]:
    """Return a text parameter."""
    return {"name": name, "in": "query", "schema": {"type": "string", "maxLength": longest}}


def _list(name: str, summary: str, of: dict[str, Any], *statuses: str) -> dict[str, Any]:
    parameters = [SITE, SEARCH, _statuses(*statuses), LIMIT, BEFORE]
    answer = schema.object_of(site=SITE_REF, **{name: schema.list_of(of)})
    return {"get": schema.operation(f"list_{name}", summary, parameters, answer)}


def post(name: str, summary: str, parameters: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI path item with a POST operation that changes data."""
    return {"post": schema.operation(name, summary, parameters, answer, True)}


def get(name: str, summary: str, parameters: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return a path with a reading operation."""
    return {"get": schema.operation(name, summary, parameters, answer)}


DECIDES = "Only with a token that a person allowed to decide."
IMPORTED = post(
    "import_keywords",
    "Import keywords: one per line, or a table with a header; long ones in the body",
    [SITE, text_param("text", 2000)],
    schema.object_of(site=SITE_REF, import_id=COUNT),
)
IMPORTED["post"]["responses"]["202"] = IMPORTED["post"]["responses"].pop("200")
PATHS: dict[str, Any] = {
    "/keywords/": _list("keywords", "The keywords", KEYWORD, "new", "mapped", "unclustered"),
    "/keywords/import/": IMPORTED,
    "/clusters/": _list("clusters", "The clusters", CLUSTER, "new", "mapped", "disabled", "locked"),
    "/clusters/{row_id}/": get(
        "show_cluster",
        "A cluster with its keywords",
        [SITE, ROW_ID],
        schema.object_of(site=SITE_REF, cluster=CLUSTER, keywords=schema.list_of(KEYWORD)),
    ),
    "/ideas/": _list(
        "ideas", "The ideas", IDEA, "new", "approved", "queued", "rejected", "disabled"
    ),
    "/ideas/{row_id}/": {
        **get("show_idea", "An idea with its outline", [SITE, ROW_ID], IDEA_ANSWER),
        **post(
            "edit_idea",
            "Change an idea that is not written yet",
            [
                SITE,
                ROW_ID,
                text_param("title", 200),
                text_param("angle", 1000),
                {
                    "name": "target_words",
                    "in": "query",
                    "schema": {"type": "integer", "minimum": 100, "maximum": 10_000},
                },
            ],
            IDEA_ANSWER,
        ),
    },
    "/ideas/{row_id}/approve/": post(
        "approve_idea", f"Approve an idea. {DECIDES}", [SITE, ROW_ID, REASON], CHANGED
    ),
    "/ideas/{row_id}/reject/": post(
        "reject_idea", f"Reject an idea. {DECIDES}", [SITE, ROW_ID, REASON], CHANGED
    ),
    "/articles/": _list("articles", "The articles", ARTICLE, *ARTICLE_STATUSES),
    "/articles/{row_id}/": get(
        "show_article",
        "An article with its text",
        [SITE, ROW_ID],
        schema.object_of(
            site=SITE_REF, article=ARTICLE, publications=schema.list_of({"type": "object"})
        ),
    ),
    **{
        f"/articles/{{row_id}}/{verb}/": post(
            f"{verb}_article", f"{words} an article. {DECIDES}", [SITE, ROW_ID, REASON], CHANGED
        )
        for verb, words in (
            ("approve", "Approve"),
            ("reject", "Reject"),
            ("send_back", "Send back"),
        )
    },
    "/schedule/": get(
        "show_schedule",
        "When runs start by themselves",
        [SITE],
        schema.object_of(
            site=SITE_REF, schedule=TEXT, time=TEXT, time_zone=TEXT, next_run_at=OR_NULL
        ),
    ),
}
