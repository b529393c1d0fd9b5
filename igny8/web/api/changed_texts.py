"""JSON API for articles that a person changed on the website."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import NotFound

from igny8.engine.publications import drift
from igny8.extensions import db
from igny8.models import PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.queries import articles, publications
from igny8.web.api.routes import bad_request, bp, field, load_api_site, site_json
from igny8.web.auth.permissions import require_decisions
from igny8.web.content.drift import apply_decision

FIELDS = ("fingerprint", "changed_at", "title", "excerpt", "html")


@bp.get("/publishing/changed/<int:row_id>/")
def changed_texts(row_id: int) -> ResponseReturnValue:
    """Return the versions of an article that a person changed at targets, and its own text."""
    site = load_api_site()
    row = _article(site, row_id)
    found = publications.of_article(db.session, site.id, row_id)
    ours = {"title": row.title, "excerpt": row.excerpt, "html": row.html}
    theirs = [_text_json(one) for one in found if drift.is_open(one)]
    return jsonify(site=site_json(site), ours=ours, changed=theirs)


@bp.post(f"/publishing/changed/<int:row_id>/<any({', '.join(drift.VERBS)}):verb>/")
def decide_changed_text(row_id: int, verb: str) -> ResponseReturnValue:
    """Keep, take in or replace a text; `changed` is false if it is already decided or newer."""
    site = load_api_site()
    require_decisions()
    row = _article(site, row_id)
    sent = field("target_id") or bad_request("Missing parameter: target_id.")
    target = PublishingTarget.find(db.session, site.id, int(sent)) if is_row_id(sent) else None
    if target is None:
        raise NotFound("There is no such target. GET /api/v1/publishing/targets/ lists them.")
    seen = field("fingerprint") or bad_request("Missing parameter: fingerprint.")
    changed = apply_decision(site, row, target, verb, seen)
    return jsonify(site=site_json(site), changed=changed)


def _article(site: Row, row_id: int) -> Row:
    row = articles.find_with_idea(db.session, site.id, row_id)
    if row is None:
        raise NotFound("There is no such article on this site.")
    return row


def _text_json(one: Row) -> dict[str, Any]:
    told = {name: one.theirs[name] for name in FIELDS}
    return {"target_id": one.target_id, "reason": one.reason} | told
