"""Every address of the product with values in it, so that a test can knock at each."""

import re

from tests.web.conftest import RUN_ID

OWN = {
    "slug": "green-garden",
    "keyword_id": 1,
    "cluster_id": 1,
    "idea_id": 1,
    "content_id": 1,
    "image_id": 1,
    "redraw_id": 1,
    "import_id": 1,
    "endpoint_id": 1,
    "target_id": 1,
    "target_kind": "webhook",
    "user_id": 1,
    "invitation_id": 1,
    "session_id": 1,
    "token_id": 1,
    "identity_id": 1,
    "site_id": 1,
    "change_id": 1,
    "number": 1,
    "run_id": RUN_ID,
    "file_name": "p0.webp",
    "name": "write",
    "token": "x",
    "filename": "app.css",
    "part": 1,
    "kind": "html",
    "item_id": 1,
    "state": "done",
    "page_id": 1,
    "publication_id": 1,
    "stage": 4,
    "link_id": 1,
    "source_id": 1,
    "row_id": 1,
    "channel_kind": "email",
    "vendor": "openai",
    "channel_id": 1,
}
VERBS = {
    "automation.run_action": "pause",
    "review.decide": "approve",
    "drift.decide": "keep",
    "api.decide_changed_text": "keep",
    "approvals.decide": "approve",
    "article_images.decide": "approve",
    "api.decide_idea": "approve",
    "api.decide_article": "approve",
    "api.lock_cluster": "lock",
    "client.decide": "approve",
    "all_runs.run_action": "pause",
    "accounts.change": "disable",
    "api.run_action": "pause",
}


def knocks(app, method: str, **values) -> list[tuple[str, str]]:
    """Return (endpoint, path) of every address that takes the method, with the garden's values or others."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if method not in rule.methods:
                continue
            known = {**OWN, "verb": VERBS.get(rule.endpoint, "pause"), **values}
            given = {name: known[name] for name in rule.arguments}
            found.append((rule.endpoint, app.url_map.bind("localhost").build(rule.endpoint, given)))
    return sorted(found)


def without_tokens(answer) -> str:
    """Return an answer's text without what is new in each: the form's token, and the id of an error."""
    text = "\n".join(
        line for line in answer.text.split("\n") if "csrf" not in line and "CSRF" not in line
    )
    return re.sub(r"\b[0-9a-f]{8}\b", "ID", text)
