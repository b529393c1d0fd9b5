"""Keyword files: dropped, chosen or pasted; previewed, confirmed, followed, undone."""

import uuid
from pathlib import Path

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import select

from igny8 import jobs
from igny8.engine import keyword_import
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import db
from igny8.importers import ENCODINGS, FLAGS, sample_path
from igny8.keyword_fields import BY_NAME, LABELS, MAPPABLE
from igny8.models import ImportRow, KeywordImport
from igny8.models.base import is_row_id
from igny8.models.worker import online_slots
from igny8.web.ui.filters import plural
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("imports", __name__, url_prefix="/sites/<slug>/import")
table = KeywordImport.__table__
SET_ASIDE_SHOWN = 100
EARLIER_IMPORTS = 10


@bp.get("")
def index(slug: str):
    """Show the ways to bring keywords in, and what came earlier."""
    return _upload_page(site_or_404(slug))


@bp.post("")
def upload(slug: str):
    """Take a file, a pasted text or the sample, look through it, and lead to its preview."""
    site = site_or_404(slug)
    path, name = _store_upload()
    if path is None:
        return _upload_page(
            site, "Nothing was sent. Choose a file, or paste keywords, one per line."
        ), 422
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
def show(slug: str, import_id: int):
    """Show an import: its preview, its progress, or what became of it."""
    site = site_or_404(slug)
    row = _find(site, import_id)
    return _import_page(site, row)


@bp.get("/<int:import_id>/live")
def live(slug: str, import_id: int):
    """Answer how far a confirmed import is."""
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
def change_columns(slug: str, import_id: int):
    """Read the file again with the columns, the encoding or the sheet that somebody chose."""
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


def _chosen_mapping(row) -> dict | None:
    """Return the mapping of a form: all columns ("whole" is sent), one more, or none as before."""
    sent = {name: request.form[name] for name in MAPPABLE if name in request.form}
    if "whole" in request.form:
        return {name: column or "-" for name, column in sent.items()}
    column, field = request.form.get("column"), request.form.get("field")
    mapping = dict(row.mapping or {}) | {name: column for name, column in sent.items() if column}
    if column and field in MAPPABLE:
        mapping[field] = column
    return mapping or None


@bp.post("/<int:import_id>/confirm")
def confirm(slug: str, import_id: int):
    """Say yes; a worker takes the keywords in."""
    site = site_or_404(slug)
    keyword_import.confirm(site.id, import_id)
    jobs.wake_workers()
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/cancel")
def cancel(slug: str, import_id: int):
    """Cancel an import that has not ended; what it brought so far is taken back."""
    site = site_or_404(slug)
    if not keyword_import.cancel(site.id, import_id):
        flash("This import has ended already.")
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/restore")
def restore(slug: str, import_id: int):
    """Import rows that were set aside: those ticked, or all of them."""
    site = site_or_404(slug)
    ids = [int(text) for text in request.form.getlist("ids") if is_row_id(text)]
    count = keyword_import.restore_rows(site.id, import_id, None if "all" in request.form else ids)
    flash(f"{plural(count, 'keyword')} brought back." if count else "Nothing was brought back.")
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


@bp.post("/<int:import_id>/undo")
def undo(slug: str, import_id: int):
    """Take back what an import brought, except keywords that a cluster holds by now."""
    site = site_or_404(slug)
    flash(_undo_message(*keyword_import.undo(site.id, import_id)))
    return redirect(url_for("imports.show", slug=slug, import_id=import_id), 303)


def _undo_message(gone: int | None, kept: int) -> str:
    """Return the sentence that says what an undo took back, and what stays and why."""
    if gone is None:
        return "This import cannot be undone (any more)."
    said = f"Undone: {plural(gone, 'keyword')} taken back." if gone else "Nothing was undone."
    if not kept:
        return said if gone else f"{said} None of the keywords that this file brought is left."
    held = (
        "1 keyword stays, because a cluster holds it"
        if kept == 1
        else (f"{plural(kept, 'keyword')} stay, because clusters hold them")
    )
    return f"{said} {held} by now; delete what must go under Keywords."


def _store_upload() -> tuple[Path | None, str]:
    """Return where what was sent is stored now, under a made name, and how it was called."""
    sent, pasted = request.files.get("file"), request.form.get("text", "").strip()
    folder = current_app.config["SETTINGS"].uploads
    if "sample" in request.form:
        name = sample_path().name
        path = folder / f"{uuid.uuid4().hex}{Path(name).suffix}"
        path.write_bytes(sample_path().read_bytes())
        return path, name
    if sent is not None and sent.filename:
        suffix = Path(sent.filename).suffix.lower()
        path = (
            folder
            / f"{uuid.uuid4().hex}{suffix if suffix[1:].isalnum() and len(suffix) < 8 else ''}"
        )
        sent.save(path)
        return path, Path(sent.filename.replace("\\", "/")).name[:200]
    if pasted:
        path = folder / f"{uuid.uuid4().hex}.txt"
        path.write_text(pasted + "\n", encoding="utf-8")
        return path, "pasted keywords"
    return None, ""


def _upload_page(site, error: str | None = None):
    earlier = db.session.execute(
        select(table)
        .where(table.c.site_id == site.id, table.c.state != "preview")
        .order_by(table.c.id.desc())
        .limit(EARLIER_IMPORTS)
    ).all()
    return render_template("library/imports/index.html", site=site, earlier=earlier, error=error)


def _import_page(site, row, error: str | None = None) -> str:
    return render_template(
        "library/imports/show.html",
        site=site,
        row=row,
        fields=LABELS,
        numbers=[name for name, field in BY_NAME.items() if field.is_number],
        report=row.report or {},
        mappable=MAPPABLE,
        encodings=ENCODINGS,
        error=error,
        tag=_tag(row),
        **_undo_counts(row),
        **_set_aside(row),
    )


def _set_aside(row) -> dict:
    """Return the first rows that are set aside still, and what flags mean."""
    table_ = ImportRow.__table__
    found = []
    if row.state == "done":
        query = (
            select(table_.c.id, table_.c.line, table_.c.phrase, table_.c.reason)
            .where(table_.c.import_id == row.id, table_.c.restored_at.is_(None))
            .order_by(table_.c.id)
            .limit(SET_ASIDE_SHOWN)
        )
        found = db.session.execute(query).all()
    return {"aside_rows": found, "flags": FLAGS}


def _tag(row) -> str:
    """Return what changes when the picture of an import changes: its worker may go away."""
    return f"{row.state}-{row.rows_read}-{_worker_slots()}-{int(row.cancel_requested)}"


def _worker_slots() -> int:
    return db.session.execute(select(online_slots()[0])).scalar()


def _undo_counts(row) -> dict:
    """Return how many keywords an undo would take back, and how many clusters hold."""
    is_over = row.state in ("done", "undone")
    gone, kept = KeywordImport.undo_counts(db.session, row.id) if is_over else (0, 0)
    changed = KeywordImport.changes(db.session, row.id) if row.state == "done" else 0
    return {"undoable": gone, "kept": kept, "changed": changed, "slots": _worker_slots()}


def _find(site, import_id: int):
    return db.session.execute(
        select(table).where(table.c.id == import_id, table.c.site_id == site.id)
    ).first() or abort(404)
