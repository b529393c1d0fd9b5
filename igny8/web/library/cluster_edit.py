"""Change clusters: merge, move keywords, rename, and undo."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8 import jobs
from igny8.engine.clusters import edits
from igny8.engine.clusters.undo import undo as undo_change
from igny8.engine.runs.gate_decisions import advance_open_run
from igny8.extensions import db, write_transaction
from igny8.models import ClusterChange
from igny8.models.base import is_row_id
from igny8.models.queries import clusters as queries
from igny8.web.ui.filters import plural
from igny8.web.ui.forms import Form
from igny8.web.ui.request_args import ticked_ids
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("cluster_edit", __name__, url_prefix="/sites/<slug>/clusters")
MAX_CHANGES = 50
MAX_MERGED = 50
UNKNOWN_TARGET = "There is no cluster of this name. Choose one of the list."


@bp.get("/<int:cluster_id>/edit")
def show(slug: str, cluster_id: int) -> str:
    """Show the form for the name and the pillar of a cluster."""
    site = site_or_404(slug)
    row = find(site, cluster_id)
    return _form(site, row, Form({"name": row.name, "pillar": row.pillar}))


@bp.post("/<int:cluster_id>/edit")
def rename(slug: str, cluster_id: int) -> Response | tuple[str, int]:
    """Change name and pillar."""
    site, form = site_or_404(slug), Form(request.form)
    row = find(site, cluster_id)
    name = form.text("name", "a name", edits.MAX_NAME_CHARS)
    pillar = form.text("pillar", "a pillar", edits.MAX_NAME_CHARS)
    if form.errors:
        return _form(site, row, form), 422
    db.session.remove()
    with write_transaction() as tx:
        edits.rename(tx, site.id, cluster_id, name, pillar, g.current_user.name)
    flash("Changes saved.")
    return redirect(url_for("clusters.show", slug=slug, cluster_id=cluster_id), 303)


@bp.post("/<int:cluster_id>/move")
def move(slug: str, cluster_id: int) -> Response:
    """Move the selected keywords to another cluster or a new one.

    `into` is the id of a cluster, otherwise `target` is its name; the button `new` creates a
    cluster of that name.
    """
    site, ids = site_or_404(slug), ticked_ids()
    find(site, cluster_id)
    if not ids:
        raise BadRequest("Select keywords to move.")
    by, target = g.current_user.name, _target(site)
    db.session.remove()
    with write_transaction() as tx:
        if target is None:
            name = " ".join(request.form.get("target", "").split())[: edits.MAX_NAME_CHARS]
            if not name:
                raise BadRequest("Enter a name for the new cluster.")
            edits.split(tx, site.id, cluster_id, [(name, ids)], by)
            flash(f"Made the cluster “{name}”.")
        else:
            count = edits.move(tx, site.id, cluster_id, ids, target.id, by)
            flash(f"{plural(count, 'keyword')} moved to “{target.name}”.")
    return redirect(url_for("clusters.show", slug=slug, cluster_id=cluster_id), 303)


@bp.get("/merge")
def merge_form(slug: str) -> str:
    """Show the form to choose which of the selected clusters remains."""
    site = site_or_404(slug)
    ids = [int(value) for value in request.args.getlist("ids")[:MAX_MERGED] if is_row_id(value)]
    rows = [row for row in db.session.execute(queries.rows(site.id, ids)) if _is_current(row)]
    rows.sort(key=lambda row: (-(row.keywords or 0), row.id))
    return render_template("library/clusters/merge.html", site=site, rows=rows)


@bp.post("/merge")
def merge(slug: str) -> Response:
    """Merge the selected clusters into one of them."""
    site, target = site_or_404(slug), request.form.get("target", "")
    if not is_row_id(target):
        raise BadRequest("Choose the cluster that stays.")
    with write_transaction() as tx:
        gained = edits.merge(tx, site.id, ticked_ids(), int(target), g.current_user.name)
    _go_on(site)
    flash(f"Merged: {plural(gained, 'keyword')} moved.")
    return redirect(url_for("clusters.show", slug=slug, cluster_id=int(target)), 303)


@bp.get("/changes")
def changes(slug: str) -> str:
    """Show the changes that people made, newest first."""
    site = site_or_404(slug)
    rows = ClusterChange.newest(db.session, site.id, MAX_CHANGES)
    return render_template("library/clusters/changes.html", site=site, rows=rows, most=MAX_CHANGES)


@bp.post("/changes/<int:change_id>/undo")
def undo(slug: str, change_id: int) -> Response:
    """Undo a change."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        row = undo_change(tx, site.id, change_id, g.current_user.name)
    _go_on(site)
    flash(f"Undone: {row.summary}.")
    return redirect(url_for("clusters.show", slug=slug, cluster_id=row.cluster_id), 303)


def find(site: Row[Any], cluster_id: int) -> Row[Any]:
    """Return a cluster that is not merged; raise 404 otherwise."""
    row = queries.find(db.session, site.id, cluster_id)
    return row if row is not None and _is_current(row) else abort(404)


def _is_current(row: Row[Any]) -> bool:
    return row.merged_into_id is None


def _target(site: Row[Any]) -> Row[Any] | None:
    """Return the cluster named in the form; None for a new one."""
    into = request.form.get("into", "")
    if is_row_id(into):
        return find(site, int(into))
    if "new" in request.form:
        return None
    found = queries.named(db.session, site.id, request.form.get("target", ""))
    if found is None:
        raise BadRequest(UNKNOWN_TARGET)
    return found


def _go_on(site: Row[Any]) -> None:
    """Advance the open run, whose items may have been removed."""
    advance_open_run(site.id)
    jobs.wake_workers()


def _form(site: Row[Any], row: Row[Any], form: Form) -> str:
    pillars = queries.pillars(db.session, site.id)
    return render_template(
        "library/clusters/edit.html", site=site, row=row, form=form, pillars=pillars
    )
