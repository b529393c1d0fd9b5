"""The OpenAPI description of changing clusters: merge, split, move, rename, lock, undo, explain."""

from typing import Any

from igny8.web.api import openapi_parts as schema
from igny8.web.api.openapi_parts import COUNT, LIMIT, SITE, TEXT
from igny8.web.api.openapi_resources import CLUSTER, ROW_ID, SITE_REF, get, post, text_param

ID = {"type": "integer", "minimum": 1, "maximum": 2_147_483_647}
INTO = {"name": "into", "in": "query", "schema": ID}
KEYWORD_IDS = {
    "name": "keyword_ids",
    "in": "query",
    "schema": {"type": "string", "pattern": "^[0-9]{1,9}(,[0-9]{1,9}){0,99}$"},
    "description": "Ids of keywords of the cluster, comma-separated.",
}
ANSWER = schema.object_of(site=SITE_REF, cluster=CLUSTER)
CHANGE = schema.object_of(
    id=COUNT, kind=TEXT, cluster_id=COUNT, summary=TEXT, changed_by=TEXT, created_at=TEXT
)
NEAREST = schema.object_of(id=COUNT, similarity={"type": "number"})
MEMBER = schema.object_of(
    id=COUNT, phrase=TEXT, part={"type": "integer"}, nearest=schema.list_of(NEAREST)
)
SHARED = schema.object_of(word=TEXT, keywords=COUNT)


def _change(name: str, summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return post(f"{name}_cluster", summary, [SITE, ROW_ID, *parameters], ANSWER)


PATHS: dict[str, Any] = {
    "/clusters/{row_id}/rename/": _change(
        "rename",
        "Change name or pillar of a cluster",
        text_param("name", 80),
        text_param("pillar", 80),
    ),
    "/clusters/{row_id}/lock/": _change(
        "lock", "Lock a cluster: runs add no keywords, and nobody moves any"
    ),
    "/clusters/{row_id}/unlock/": _change("unlock", "Unlock a cluster"),
    "/clusters/{row_id}/move/": post(
        "move_keywords",
        "Move keywords of a cluster to the cluster `into`",
        [SITE, ROW_ID, KEYWORD_IDS, INTO],
        ANSWER,
    ),
    "/clusters/{row_id}/split/": _change(
        "split", "Move keywords of a cluster into a new one", KEYWORD_IDS, text_param("name", 80)
    ),
    "/clusters/{row_id}/merge/": _change("merge", "Merge a cluster into the cluster `into`", INTO),
    "/clusters/{row_id}/why/": get(
        "explain_cluster",
        "Why the keywords of a cluster are together, and where it could be split",
        [SITE, ROW_ID],
        schema.object_of(
            site=SITE_REF, keywords=schema.list_of(MEMBER), shared_words=schema.list_of(SHARED)
        ),
    ),
    "/clusters/changes/": get(
        "list_cluster_changes",
        "What people changed about clusters, the newest first",
        [SITE, LIMIT],
        schema.object_of(site=SITE_REF, changes=schema.list_of(CHANGE)),
    ),
    "/clusters/changes/{row_id}/undo/": post(
        "undo_cluster_change", "Undo a change of clusters", [SITE, ROW_ID], ANSWER
    ),
}
