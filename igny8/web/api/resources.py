"""JSON API for a site's data: keywords, clusters, ideas, articles, review, schedule.

A token with the right scope may read and draft; it may decide (approve, reject, send back, publish)
only if a person allowed that for the token.
"""

import uuid
from datetime import datetime
from typing import Any

from flask import current_app, g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import NotFound

from igny8 import jobs
from igny8.engine import keyword_import
from igny8.engine.reviews.decisions import decide
from igny8.engine.runs import gate_decisions
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import db, write_transaction
from igny8.keyword_fields import fields_shown
from igny8.models import Idea
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries import articles, clusters, ideas, keywords, publications, site_values
from igny8.models.queries.list_query import ListQuery
from igny8.providers.base import FORMATS
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
from igny8.web.ui.request_args import checked_reason

PLAN = 3
DEFAULT_LIMIT = 50
MAX_IMPORT_CHARS = 1_000_000
KEYWORD_FIELDS = ("id", "phrase", "status", "disabled", "cluster_id")
CLUSTER_FIELDS = (
    *("id", "name", "pillar", "intent", "status", "disabled", "locked", "merged_into_id"),
    *("keywords", "volume", "ideas"),
)
IDEA_FIELDS = (
    *("id", "title", "angle", "format", "intent", "target_words", "primary_phrase", "status"),
    *("disabled", "decision", "cluster_id", "cluster_name", "content_id"),
)
ARTICLE_FIELDS = ("id", "title", "kind", "status", "rule_hours", "words", "created_at")
TEXT_FIELDS = (
    *("slug", "meta_title", "meta_description", "excerpt", "html", "primary_phrase"),
    *("decision_reason", "decided_by", "person_only", "version", "checks"),
)
VERDICTS = {"approve": "approved", "reject": "rejected", "send_back": "sent_back"}
IDEA_VERDICTS = {"approve": APPROVED, "reject": REJECTED}


@bp.get("/keywords/")
def list_keywords() -> ResponseReturnValue:
    """Return keywords, newest first."""
    return _list("keywords", keywords.LIST, _keyword_fields())


@bp.post("/keywords/import/")
def import_keywords() -> ResponseReturnValue:
    """Queue the import of a table or a list of keywords given as text."""
    site, text = load_api_site(), field("text") or ""
    if not text.strip():
        bad_request("text must hold keywords: one per line, or a table with a header.")
    if len(text) > MAX_IMPORT_CHARS:
        bad_request(f"text is longer than {MAX_IMPORT_CHARS:,} characters.")
    path = current_app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}.txt"
    path.write_text(text.strip() + "\n", encoding="utf-8")
    try:
        import_id = keyword_import.preview(site.id, path, "keywords sent by a program")
        keyword_import.confirm(site.id, import_id)
    except ExternalError as error:
        path.unlink(missing_ok=True)
        bad_request(str(error))
    jobs.wake_workers()
    return jsonify(site=site_json(site), import_id=import_id), 202


@bp.get("/clusters/")
def list_clusters() -> ResponseReturnValue:
    """Return clusters, newest first."""
    return _list("clusters", clusters.LIST, CLUSTER_FIELDS)


@bp.get("/clusters/<int:row_id>/")
def show_cluster(row_id: int) -> ResponseReturnValue:
    """Return a cluster with its keywords."""
    site = load_api_site()
    row = clusters.find(db.session, site.id, row_id) or missing("cluster")
    members = clusters.keywords_of(db.session, row_id)
    cluster = row_json(row, CLUSTER_FIELDS)
    return jsonify(
        site=site_json(site),
        cluster=cluster,
        keywords=[row_json(member, _keyword_fields()) for member in members],
    )


@bp.get("/ideas/")
def list_ideas() -> ResponseReturnValue:
    """Return ideas, newest first."""
    return _list("ideas", ideas.list_query(FORMATS), IDEA_FIELDS)


@bp.get("/ideas/<int:row_id>/")
def show_idea(row_id: int) -> ResponseReturnValue:
    """Return an idea with its outline and its other keywords."""
    site = load_api_site()
    return jsonify(_idea_json(site, row_id))


@bp.post("/ideas/<int:row_id>/")
def edit_idea(row_id: int) -> ResponseReturnValue:
    """Change title, angle or length of an idea that was not written yet."""
    site = load_api_site()
    row = ideas.find(db.session, site.id, row_id) or missing("idea")
    if row.content_id is not None:
        raise ActionRefused("This idea is written already.")
    title = " ".join((field("title") or row.title).split())[:200]
    values: dict[str, Any] = {"angle": (field("angle") or row.angle)[:1000]}
    words = field("target_words")
    if words is not None:
        if not (words.isascii() and words.isdigit() and 100 <= int(words[:6]) <= 10_000):
            bad_request("target_words must be a whole number from 100 to 10000.")
        values["target_words"] = int(words)
    db.session.remove()
    with write_transaction() as tx:
        if not Idea.edit(tx, site.id, row_id, title, **values):
            raise ActionRefused("Another idea of this site has this title.")
    return jsonify(_idea_json(site, row_id))


@bp.post("/ideas/<int:row_id>/<any(approve, reject):verb>/")
def decide_idea(row_id: int, verb: str) -> ResponseReturnValue:
    """Approve or reject an idea; `changed` is false if it is decided, written or disabled."""
    site = load_api_site()
    require_decisions()
    if ideas.find(db.session, site.id, row_id) is None:
        missing("idea")
    db.session.remove()
    reason = checked_reason(field("reason"))
    with write_transaction() as tx:
        verdict, by = IDEA_VERDICTS[verb], g.current_user.name
        count = gate_decisions.decide(tx, site.id, [row_id], PLAN, verdict, by, reason)
    gate_decisions.advance_open_run(site.id)
    jobs.wake_workers()
    return jsonify(site=site_json(site), changed=bool(count))


@bp.get("/articles/")
def list_articles() -> ResponseReturnValue:
    """Return articles and briefs, newest first; `status=review` is the review queue."""
    return _list("articles", articles.LIST, ARTICLE_FIELDS)


@bp.get("/articles/<int:row_id>/")
def show_article(row_id: int) -> ResponseReturnValue:
    """Return an article with its text and its publications."""
    site = load_api_site()
    row = articles.find(db.session, site.id, row_id) or missing("article")
    found = publications.of_articles(db.session, [row_id]).get(row_id, [])
    return jsonify(
        site=site_json(site),
        article=row_json(row, ARTICLE_FIELDS + TEXT_FIELDS),
        publications=[
            {"target": each.target_name, "state": each.state, "url": each.remote_url}
            for each in found
        ],
    )


@bp.post("/articles/<int:row_id>/<any(approve, reject, send_back):verb>/")
def decide_article(row_id: int, verb: str) -> ResponseReturnValue:
    """Approve, reject or send back an article in review; `changed` is false if it is not."""
    site = load_api_site()
    require_decisions()
    if articles.find(db.session, site.id, row_id) is None:
        missing("article")
    reason = checked_reason(field("reason"))
    if verb != "approve" and not reason:
        bad_request("reason must say why.")
    db.session.remove()
    with write_transaction() as tx:
        decided = decide(tx, site.id, row_id, VERDICTS[verb], reason, g.current_user.name)
    return jsonify(site=site_json(site), changed=decided)


@bp.get("/schedule/")
def show_schedule() -> ResponseReturnValue:
    """Return the schedule of the site's runs."""
    site = load_api_site()
    stored = site_values.settings_of(db.session, site.id)
    return jsonify(
        site=site_json(site),
        schedule=stored["schedule"],
        time=stored["schedule_time"],
        time_zone=stored["time_zone"],
        next_run_at=_value(stored["next_run_at"]),
    )


def _keyword_fields() -> tuple[str, ...]:
    return (*KEYWORD_FIELDS, *(field.name for field in fields_shown("in_api")))


def _list(name: str, query: ListQuery, fields: tuple[str, ...]) -> ResponseReturnValue:
    """Return rows of a list below the id `before`, filtered by `q` and `status`."""
    site = load_api_site()
    limit = limit_arg(DEFAULT_LIMIT) or DEFAULT_LIMIT
    filters = dict.fromkeys(query.filters, "") | {"q": (field("q") or "")[:200]}
    status = field("status")
    if status is not None:
        if status not in query.filters["status"]:
            bad_request(f"status must be one of {', '.join(query.filters['status'])}.")
        filters["status"] = status
    ids = query.matching_ids(site.id, filters).order_by(query.key.desc()).limit(limit)
    before = integer_arg("before")
    found = list(
        db.session.execute(ids if before is None else ids.where(query.key < before)).scalars()
    )
    rows = {row.id: row for row in db.session.execute(query.rows(site.id, found))} if found else {}
    entries = [row_json(rows[row_id], fields) for row_id in found if row_id in rows]
    return jsonify({"site": site_json(site), name: entries})


def _idea_json(site: Row[Any], row_id: int) -> dict[str, Any]:
    row = ideas.find(db.session, site.id, row_id) or missing("idea")
    return {
        "site": site_json(site),
        "idea": row_json(row, IDEA_FIELDS) | {"outline": row.outline},
        "keywords": [word["text"] for word in row.secondary],
    }


def row_json(row: Row[Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return columns of a row as JSON."""
    return {name: _value(getattr(row, name)) for name in fields}


def _value(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def missing(what: str) -> Any:
    """Return a 404 response for a missing row."""
    raise NotFound(f"This site has no such {what}.")
