"""Versions of an article: compare and restore them, and let a model change one part."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.article_parts import ArticlePart, replace_part, split_parts
from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import ContentVersion, PartChange, Publication
from igny8.models.content_version import TEXTS
from igny8.models.queries import articles
from igny8.stages.provider_choice import resolve_providers
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.content.article_texts import measure, parts_to_fix
from igny8.web.content.text_diff import changed_lines, compare_html
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("versions", __name__, url_prefix="/sites/<slug>/review/<int:content_id>/versions")
MAX_WISH_CHARS = 500
WISHES = {
    "shorter": ("Shorter", "Make it shorter by about a third. Keep every fact."),
    "example": (
        "With an example",
        "Add one concrete example, from the facts of the site or clearly hypothetical.",
    ),
    "our_words": (
        "In our words",
        "Say it in the tone of the site and with what only this site knows.",
    ),
}
NOT_IN_REVIEW = "This article is not waiting for review any more, so nothing was changed."
PART_CHANGED = "This part was changed in the meantime. Drop the proposal and ask anew."
CHANGED_SINCE = "The text was changed in the meantime, so nothing was changed. Look at it again."


@bp.get("")
def show(slug: str, content_id: int) -> str:
    """Show the parts with their changes, and the versions; compare with the one in `compare`."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    versions = ContentVersion.list_of(db.session, row.id)
    compared = request.args.get("compare", type=int)
    earlier = ContentVersion.find(db.session, row.id, compared) if compared is not None else None
    if compared is not None and earlier is None:
        abort(404, "There is no such version.")
    return render_template(
        "content/versions/show.html",
        site=site,
        versions=versions,
        earlier=earlier,
        lines=compare_html(earlier.html, row.html) if earlier is not None else [],
        **_changes(site, row),
    )


@bp.get("/changes")
def changes(slug: str, content_id: int) -> str:
    """Return the parts with their changes; the partial polls while a model works."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    return render_template("content/versions/_changes.html", site=site, **_changes(site, row))


@bp.post("/changes")
def ask(slug: str, content_id: int) -> Response:
    """Ask a model to change one part; a repeated click has no effect."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    _require_review(row)
    enforce_rate_limit("change part")
    part, wish = _read_check(row) if "check" in request.form else (_read_part(row), _read_wish())
    if row.run_id is None or not _has_model(site):
        raise ActionRefused("Choose a text model for stage 4 under Settings, Models and budget.")
    with write_transaction() as tx:
        asked = PartChange.request(tx, row, part, wish, g.current_user.name)
    if not asked:
        flash("A change of this part is open already. Accept or drop it first.")
    return _back(slug, content_id)


@bp.post("/changes/<int:change_id>/accept")
def accept(slug: str, content_id: int, change_id: int) -> Response:
    """Replace the part by the proposed text, unless the part changed meanwhile."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    _require_review(row)
    change = PartChange.find(db.session, row.id, change_id) or abort(404)
    html = replace_part(row.html, change.before, change.after)
    if html is None:
        raise ActionRefused(PART_CHANGED)
    texts = {name: getattr(row, name) for name in TEXTS} | {"html": html}
    accepted = ("proposed",), "accepted"
    if _store(
        site, row, texts, "rewrite", also=lambda tx: PartChange.move(tx, change.id, *accepted)
    ):
        flash("The part was replaced. The earlier version is kept.")
    return _back(slug, content_id)


@bp.post("/changes/<int:change_id>/drop")
def drop(slug: str, content_id: int, change_id: int) -> Response:
    """Discard a proposal, a failed change, or one that no worker has claimed yet."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    with write_transaction() as tx:
        if PartChange.find(tx, row.id, change_id) is None:
            abort(404)
        PartChange.move(tx, change_id, ("queued", "proposed", "failed"), "dropped")
    return _back(slug, content_id)


@bp.post("/<int:number>/restore")
def restore(slug: str, content_id: int, number: int) -> Response:
    """Make an earlier version the current one; the current text is kept as a version."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    _require_review(row)
    earlier = ContentVersion.find(db.session, row.id, number) or abort(404)
    texts = {name: getattr(earlier, name) for name in TEXTS}
    if _store(site, row, texts, "restored", earlier.citations):
        flash(f"Version {number} was restored. The text it replaces is kept.")
    return _back(slug, content_id)


def _store(
    site: Row,
    row: Row,
    texts: dict[str, str],
    kind: str,
    citations: list[dict[str, Any]] | None = None,
    also: Any = None,
) -> bool:
    """Store texts as a new version, unless `also(tx)` returns False.

    `citations` are the sources that they cite, None for those of the current text.
    """
    cited = row.citations if citations is None else citations
    numbers = measure(site, row, texts, cited) | {"citations": cited}
    by = g.current_user.name
    with write_transaction() as tx:
        if also is not None and not also(tx):
            raise ActionRefused("A decision about this change was made already.")
        stored = ContentVersion.replace(
            tx, site.id, row.id, kind, by, row.edited_at, **texts, **numbers
        )
        if not stored:
            raise ActionRefused(CHANGED_SINCE)
        Publication.mark_outdated(tx, row.id, by)
    return stored


def _read_part(row: Row) -> ArticlePart:
    """Return the part that the reviewer selected."""
    number = request.form.get("part", -1, type=int)
    parts = split_parts(row.html)
    part = next((part for part in parts if part.number == number and part.text), None)
    if part is None:
        raise BadRequest("Select a part of the article.")
    return part


def _read_check(row: Row) -> tuple[ArticlePart, str]:
    """Return the part that the selected check is about, and the instruction to fix it."""
    index = request.form.get("check", -1, type=int)
    part = parts_to_fix(row).get(index)
    if part is None:
        raise ActionRefused("The check has changed. Reload the page and look at it again.")
    check = row.checks[index]
    wish = f"Mend this: {check['text']} {check.get('why', '')}"
    return part, wish.strip()[:MAX_WISH_CHARS]


def _read_wish() -> str:
    """Return the reviewer's instruction: one of WISHES, or free text."""
    own = " ".join(request.form.get("own", "").replace("\0", "").split())[:MAX_WISH_CHARS]
    chosen = request.form.get("wish", "")
    if chosen in WISHES:
        return WISHES[chosen][1]
    if not own:
        raise BadRequest("Say what should change.")
    return own


def _has_model(site: Row) -> bool:
    with read_transaction() as tx:
        return "write" in resolve_providers(tx, site.id).providers


def _changes(site: Row, row: Row) -> dict[str, Any]:
    """Return the variables of _changes.html."""
    found = PartChange.shown(db.session, row.id)
    return {
        "row": row,
        "waits": _is_in_review(row),
        "has_model": row.run_id is not None and _has_model(site),
        "parts": [part for part in split_parts(row.html) if part.text],
        "changes": {change.part: change for change in found},
        "diffs": {
            change.id: changed_lines(change.before, change.after)
            for change in found
            if change.state == "proposed"
        },
        "working": any(change.state in ("queued", "working") for change in found),
        "wishes": WISHES,
    }


def _find(site: Row, content_id: int) -> Row:
    db.session.rollback()  # start a new read after a change
    return articles.find_with_idea(db.session, site.id, content_id) or abort(404)


def _is_in_review(row: Row) -> bool:
    return row.status == "review" and row.handed_over


def _require_review(row: Row) -> None:
    if not _is_in_review(row):
        raise ActionRefused(NOT_IN_REVIEW)


def _back(slug: str, content_id: int) -> Response:
    return redirect(url_for("versions.show", slug=slug, content_id=content_id), 303)
