"""Imports of keyword files: upload, preview, confirmation, progress and undo."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import jobs
from igny8.engine import keyword_import
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import db
from igny8.importers import ENCODINGS, FLAGS, TOOLS
from igny8.keyword_fields import LABELS, MAPPABLE, NUMBER_FIELDS, fields_shown
from igny8.models import KeywordImport
from igny8.models.base import is_row_id
from igny8.models.queries import runs as queries
from igny8.web.library.uploads import store_upload
from igny8.web.ui.filters import plural
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("imports", __name__, url_prefix="/sites/<slug>/import")
NOTHING_SENT = "Nothing was sent. Choose a file, or paste keywords, one per line."
SET_ASIDE_SHOWN = 100
EARLIER_IMPORTS = 10


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the upload forms and the earlier imports."""
    return _upload_page(site_or_404(slug))


@bp.post("")
def upload(slug: str) -> ResponseReturnValue:
    """Store a file, pasted text or the sample, check it, and redirect to its preview."""
    site = site_or_404(slug)
    path, name = store_upload()
    if path is None:
        return _upload_page(site, NOTHING_SENT), 422
    g.audit_detail = name
    try:
        import_id = keyword_import.preview(site.id, path, name)
    except ActionRefused:
        path.unlink(missing_ok=True)
        raise
    except ExternalError as error:
        path.unlink(missing_ok=True)
        return _upload_page(site, str(error)), 422
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.get("/<int:import_id>")
def show(slug: str, import_id: int) -> ResponseReturnValue:
    """Show the preview, the progress or the result of an import."""
    site = site_or_404(slug)
    row = _find(site, import_id)
    return _import_page(site, row)


@bp.get("/<int:import_id>/live")
def live(slug: str, import_id: int) -> ResponseReturnValue:
    """Return the progress of an import, or 204 if its tag is still `v`."""
    site = site_or_404(slug)
    row = _find(site, import_id)
    if request.args.get("v") == _tag(row):
        return "", 204
    return render_template(
        "library/imports/_state.html",
        site=site,
        row=row,
        fields=LABELS,
        report=row.report or {},
        tag=_tag(row),
        **_undo_counts(row),
        **_set_aside(row),
    )


@bp.post("/<int:import_id>/mapping")
def change_reading(slug: str, import_id: int) -> ResponseReturnValue:
    """Read the file again with other columns, encoding or sheet."""
    site = site_or_404(slug)
    row = _find(site, import_id)
    mapping = _chosen_mapping(row)
    options = {
        name: request.form.get(name, (row.options or {}).get(name, ""))
        for name in ("encoding", "sheet")
    }
    try:
        again = keyword_import.preview(site.id, row.path, row.filename, mapping, **options)
    except ExternalError as error:
        return _import_page(site, row, str(error)), 422
    return redirect(url_for("imports.show", slug=slug, import_id=again), 303)


def _chosen_mapping(row: Row) -> dict | None:
    """Return the mapping of a form: all columns ("whole" is sent), one added, or unchanged."""
    sent = {name: request.form[name] for name in MAPPABLE if name in request.form}
    if "whole" in request.form:
        return {name: column or "-" for name, column in sent.items()}
    column, field = request.form.get("column"), request.form.get("field")
    mapping = dict(row.mapping or {}) | {name: column for name, column in sent.items() if column}
    if column and field in MAPPABLE:
        mapping[field] = column
    return mapping or None


@bp.post("/<int:import_id>/confirm")
def confirm(slug: str, import_id: int) -> ResponseReturnValue:
    """Confirm an import, which a worker carries out; on a new site continue to its first run."""
    site = site_or_404(slug)
    keyword_import.confirm(site.id, import_id)
    jobs.wake_workers()
    if not queries.has_run(db.session, site.id):
        return redirect(url_for("automation.index", slug=slug), 303)
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/cancel")
def cancel(slug: str, import_id: int) -> ResponseReturnValue:
    """Cancel an open import; the keywords imported so far are removed."""
    site = site_or_404(slug)
    if not keyword_import.cancel(site.id, import_id):
        flash("This import has already ended.")
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/restore")
def restore(slug: str, import_id: int) -> ResponseReturnValue:
    """Import rows that were set aside: the selected ones, or all of them."""
    site = site_or_404(slug)
    ids = [int(text) for text in request.form.getlist("ids") if is_row_id(text)]
    count = keyword_import.restore_rows(site.id, import_id, None if "all" in request.form else ids)
    flash(f"{plural(count, 'keyword')} restored." if count else "Nothing was restored.")
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/undo")
def undo(slug: str, import_id: int) -> ResponseReturnValue:
    """Remove the keywords of an import, except those in clusters."""
    site = site_or_404(slug)
    flash(_undo_message(*keyword_import.undo(site.id, import_id)))
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


def _undo_message(gone: int | None, kept: int) -> str:
    """Return the message about removed and kept keywords after an undo."""
    if gone is None:
        return "This import cannot be undone."
    result = f"Undone: {plural(gone, 'keyword')} removed." if gone else "Nothing was undone."
    if not kept:
        return result if gone else f"{result} No keywords of this file are left."
    reason = (
        "was kept because it is in a cluster"
        if kept == 1
        else "were kept because they are in clusters"
    )
    return f"{result} {plural(kept, 'keyword')} {reason}. Delete keywords on the Keywords page."


def _upload_page(site: Row, error: str | None = None) -> str:
    earlier = queries.confirmed_imports(db.session, site.id, EARLIER_IMPORTS)
    return render_template(
        "library/imports/index.html",
        site=site,
        tools=TOOLS,
        earlier=earlier,
        error=error,
        pasted=request.form.get("text", "") if error else "",
    )


def _import_page(site: Row, row: Row, error: str | None = None) -> str:
    return render_template(
        "library/imports/show.html",
        site=site,
        row=row,
        fields=LABELS,
        numbers=NUMBER_FIELDS,
        shown=fields_shown("in_preview"),
        report=row.report or {},
        mappable=MAPPABLE,
        encodings=ENCODINGS,
        error=error,
        tag=_tag(row),
        **_undo_counts(row),
        **_set_aside(row),
    )


def _set_aside(row: Row) -> dict:
    """Return the first rows that are still set aside, and the labels of the flags."""
    is_done = row.state == "done"
    found = queries.rows_set_aside(db.session, row.id, SET_ASIDE_SHOWN) if is_done else []
    return {"aside_rows": found, "flags": FLAGS}


def _tag(row: Row) -> str:
    """Return a tag that changes with the page of an import, including the number of workers."""
    slots = queries.worker_slots(db.session)
    return f"{row.state}-{row.rows_read}-{slots}-{int(row.cancel_requested)}"


def _undo_counts(row: Row) -> dict:
    """Return how many keywords an undo would remove, keep and revert, and the worker slots."""
    is_over = row.state in ("done", "undone")
    gone, kept = KeywordImport.undo_counts(db.session, row.id) if is_over else (0, 0)
    changed = KeywordImport.changes(db.session, row.id) if row.state == "done" else 0
    return {
        "undoable": gone,
        "kept": kept,
        "changed": changed,
        "slots": queries.worker_slots(db.session),
    }


def _find(site: Row, import_id: int) -> Row:
    return queries.find_import(db.session, site.id, import_id) or abort(404)
