"""JSON API for publishing: targets, publications, and actions on them."""

from datetime import UTC, datetime
from typing import Any

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import NotFound

from igny8 import clock
from igny8.engine.publications import actions, calendar
from igny8.engine.publications.approved import queue_approved
from igny8.engine.publications.kinds import KINDS
from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import Publication, PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.publication import STATES
from igny8.models.queries import articles, publications
from igny8.web.api.routes import (
    bad_request,
    bp,
    field,
    integer_arg,
    limit_arg,
    load_api_site,
    site_json,
)
from igny8.web.auth.permissions import require_decisions

WANTED = ("publish", "draft")


@bp.get("/publishing/targets/")
def publishing_targets() -> ResponseReturnValue:
    """Return the publishing targets of the site and their abilities, without addresses."""
    site = load_api_site()
    rows = PublishingTarget.of_site(db.session, site.id)
    return jsonify(site=site_json(site), targets=[_target_json(row) for row in rows])


@bp.get("/publishing/publications/")
def publications_list() -> ResponseReturnValue:
    """Return publications of the site below the id `before`, newest first."""
    site = load_api_site()
    state = request.args.get("state")
    if state is not None and state not in STATES:
        bad_request(f"state must be one of {', '.join(STATES)}.")
    rows = publications.of_site(
        db.session,
        site.id,
        limit_arg(50),
        integer_arg("before"),
        state,
        integer_arg("content_id"),
    )
    return jsonify(site=site_json(site), publications=[_publication_json(row) for row in rows])


@bp.post("/publishing/publish/")
def publish() -> ResponseReturnValue:
    """Queue an article for a target, or all approved ones; return how many were queued."""
    site = load_api_site()
    require_decisions()
    target, wanted = _target(site), field("wanted") or "publish"
    if wanted not in WANTED:
        bad_request("wanted must be publish or draft.")
    content_id = _content_id(site)
    if content_id is None:
        return jsonify(queued=queue_approved(site.id, target.id, g.current_user.name, wanted))
    with write_transaction() as tx:
        name = g.current_user.name
        queued = Publication.request(tx, site.id, content_id, target.id, name, wanted)
    return jsonify(queued=int(queued))


@bp.post("/publishing/schedule/")
def schedule() -> ResponseReturnValue:
    """Schedule an article for a time or the next free slot; without an article, all approved."""
    site = load_api_site()
    require_decisions()
    target, publish_at = _target(site), _publish_at()
    content_id, name = _content_id(site), g.current_user.name
    if content_id is None:
        if publish_at is not None:
            bad_request("Missing parameter: content_id, which publish_at is for.")
        return jsonify(scheduled=calendar.fill(site.id, target, name))
    with write_transaction() as tx:
        if publish_at is None:
            done = calendar.schedule_next(tx, site.id, content_id, target, name)
        else:
            done = actions.schedule(tx, site.id, content_id, target, name, publish_at)
    return jsonify(scheduled=int(done))


@bp.post("/publishing/unpublish/")
def unpublish() -> ResponseReturnValue:
    """Request the removal of an article from a target; `changed` is false if nothing is there."""
    site = load_api_site()
    require_decisions()
    target = _target(site)
    content_id = _content_id(site) or bad_request("Missing parameter: content_id.")
    with write_transaction() as tx:
        changed = actions.unpublish(tx, site.id, content_id, target, g.current_user.name)
    return jsonify(changed=changed)


def _target(site: Row) -> Row:
    """Return the target in the request, or the only one that IGNY8 sends articles to."""
    sent = field("target_id")
    rows = PublishingTarget.sent_to(db.session, site.id)
    if sent is None:
        if len(rows) == 1:
            return rows[0]
        names = ", ".join(f"{row.id} ({row.name})" for row in rows)
        raise ActionRefused(
            f"Choose a target with target_id: {names}." if rows else "The site has no target."
        )
    row = next((row for row in rows if str(row.id) == sent), None)
    if row is None:
        raise NotFound("There is no such target. GET /api/v1/publishing/targets/ lists them.")
    return row


def _content_id(site: Row) -> int | None:
    sent = field("content_id")
    if sent is None:
        return None
    if not is_row_id(sent) or articles.find(db.session, site.id, int(sent)) is None:
        raise NotFound("There is no such article on this site.")
    return int(sent)


def _publish_at() -> datetime | None:
    """Return the time in the request, in UTC."""
    sent = field("publish_at")
    if sent is None:
        return None
    try:
        at = datetime.fromisoformat(sent)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        bad_request("publish_at must be a time such as 2027-01-31T09:00:00Z.")
    if at <= clock.now():
        bad_request("publish_at must lie in the future.")
    return at


def _target_json(row: Row) -> dict[str, Any]:
    kind = KINDS[row.kind]
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "on_approval": row.on_approval,
        "can": {
            "publish": kind.is_sent_to,
            "unpublish": kind.unpublish is not None,
            "check": kind.check is not None,
            "set_date": kind.sets_date,
        },
        "paused_until": _time(row.paused_until),
        "pause_reason": row.pause_reason,
    }


def _publication_json(row: Row) -> dict[str, Any]:
    names = ("id", "content_id", "target_id", "state", "wanted", "reason", "attempts")
    times = ("publish_at", "published_at", "checked_at", "changed_at")
    values = {name: getattr(row, name) for name in names}
    values |= {"title": row.title, "url": row.remote_url, "changed_there": row.changed_there}
    return values | {name: _time(getattr(row, name)) for name in times} | {"proof": row.proof}


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
