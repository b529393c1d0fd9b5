"""JSON API for changing clusters: merge, split, move, rename, lock, undo, explain."""

from typing import Any

from flask import g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import jobs
from igny8.engine.clusters import edits
from igny8.engine.clusters.undo import undo
from igny8.engine.runs.gate_decisions import advance_open_run
from igny8.extensions import db, write_transaction
from igny8.models import Cluster, ClusterChange
from igny8.models.base import is_row_id
from igny8.models.queries import clusters as queries
from igny8.web.api.resources import CLUSTER_FIELDS, missing, row_json
from igny8.web.api.routes import (
    bad_request,
    bp,
    field,
    limit_arg,
    load_api_site,
    site_json,
)
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.library.cluster_reasons import reasons

MAX_IDS = 1000
CHANGE_FIELDS = ("id", "kind", "cluster_id", "summary", "changed_by", "created_at", "undone_at")


@bp.post("/clusters/<int:row_id>/rename/")
def rename_cluster(row_id: int) -> ResponseReturnValue:
    """Change the name or pillar of a cluster."""
    site = load_api_site()
    row = _cluster(site, row_id)
    name, pillar = _name("name") or row.name, _name("pillar") or row.pillar
    with write_transaction() as tx:
        edits.rename(tx, site.id, row_id, name, pillar, g.current_user.name)
    return _answer(site, row_id)


@bp.post("/clusters/<int:row_id>/<any(lock, unlock):verb>/")
def lock_cluster(row_id: int, verb: str) -> ResponseReturnValue:
    """Lock the set of keywords of a cluster, or unlock it."""
    site = load_api_site()
    _cluster(site, row_id)
    with write_transaction() as tx:
        Cluster.lock(tx, site.id, [row_id], locked=verb == "lock")
    return _answer(site, row_id)


@bp.post("/clusters/<int:row_id>/move/")
def move_keywords(row_id: int) -> ResponseReturnValue:
    """Move keywords of a cluster to the cluster `into`."""
    site = load_api_site()
    _cluster(site, row_id)
    ids, into = _keyword_ids(), _into()
    with write_transaction() as tx:
        edits.move(tx, site.id, row_id, ids, into, g.current_user.name)
    return _answer(site, into)


@bp.post("/clusters/<int:row_id>/split/")
def split_cluster(row_id: int) -> ResponseReturnValue:
    """Move keywords of a cluster into a new one with a `name`."""
    site = load_api_site()
    _cluster(site, row_id)
    ids = _keyword_ids()
    name = _name("name") or bad_request("Missing parameter: name, of the new cluster.")
    with write_transaction() as tx:
        made = edits.split(tx, site.id, row_id, [(str(name), ids)], g.current_user.name)
    return _answer(site, made[0])


@bp.post("/clusters/<int:row_id>/merge/")
def merge_cluster(row_id: int) -> ResponseReturnValue:
    """Merge a cluster into the cluster `into`."""
    site = load_api_site()
    _cluster(site, row_id)
    into = _into()
    with write_transaction() as tx:
        edits.merge(tx, site.id, [row_id], into, g.current_user.name)
    _go_on(site)
    return _answer(site, into)


@bp.get("/clusters/<int:row_id>/why/")
def explain_cluster(row_id: int) -> ResponseReturnValue:
    """Return nearest members of each keyword, shared words, and the parts of a suggested split."""
    site = load_api_site()
    _cluster(site, row_id)
    enforce_rate_limit("cluster reasons")
    members = queries.phrases_of(db.session, row_id)
    found = reasons(site, members)
    keywords = [
        {
            "id": member.id,
            "phrase": member.phrase,
            "parent_topic": member.parent_topic,
            "part": part,
            "nearest": [{"id": members[place].id, "similarity": score} for place, score in nearest],
        }
        for member, nearest, part in zip(members, found.nearest, found.parts, strict=True)
    ]
    shared = [{"word": word, "keywords": count} for word, count in found.shared]
    return jsonify(site=site_json(site), keywords=keywords, shared_words=shared)


@bp.get("/clusters/changes/")
def list_cluster_changes() -> ResponseReturnValue:
    """Return the changes that people made to clusters, newest first."""
    site = load_api_site()
    rows = ClusterChange.newest(db.session, site.id, limit_arg(50) or 50)
    return jsonify(site=site_json(site), changes=[row_json(row, CHANGE_FIELDS) for row in rows])


@bp.post("/clusters/changes/<int:row_id>/undo/")
def undo_cluster_change(row_id: int) -> ResponseReturnValue:
    """Undo a change of clusters."""
    site = load_api_site()
    with write_transaction() as tx:
        row = undo(tx, site.id, row_id, g.current_user.name)
    _go_on(site)
    return _answer(site, row.cluster_id)


def _cluster(site: Row[Any], row_id: int) -> Row[Any]:
    row = queries.find(db.session, site.id, row_id) or missing("cluster")
    db.session.remove()
    return row


def _answer(site: Row[Any], row_id: int) -> ResponseReturnValue:
    row = queries.find(db.session, site.id, row_id) or missing("cluster")
    return jsonify(site=site_json(site), cluster=row_json(row, CLUSTER_FIELDS))


def _name(name: str) -> str:
    return " ".join((field(name) or "").replace("\0", "").split())[: edits.MAX_NAME_CHARS]


def _into() -> int:
    sent = field("into") or ""
    if not is_row_id(sent):
        bad_request("into must be the id of a cluster.")
    return int(sent)


def _keyword_ids() -> list[int]:
    sent = (field("keyword_ids") or "").split(",")
    if len(sent) > MAX_IDS or not all(is_row_id(each) for each in sent):
        bad_request(f"keyword_ids must be up to {MAX_IDS} ids of keywords, comma-separated.")
    return [int(each) for each in sent]


def _go_on(site: Row[Any]) -> None:
    advance_open_run(site.id)
    jobs.wake_workers()
