"""Articles that a person changed on the website: both versions, and the three decisions."""

from html import escape
from typing import Any

from bs4 import BeautifulSoup
from flask import Blueprint, abort, flash, g, redirect, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine.publications import drift
from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.content_version import TEXTS
from igny8.models.queries import articles
from igny8.web.content.article_texts import measure
from igny8.web.content.text_diff import DiffLine, changed_lines
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("drift", __name__, url_prefix="/sites/<slug>/content")
EMPTY = "The text on the site is empty. Keep it as it is there, or send the article again."
NOT_HERE = (
    "Only an article that is approved or waits for review takes in a text. Undo the decision first."
)
DONE = {
    drift.KEEP: "The text on the site was kept.",
    drift.TAKE: "Taken in as a new version. The text it replaces is kept.",
    drift.SEND: "Queued: the article replaces the text on the site.",
}
TOO_LATE = (
    "Nothing was done: this was decided already, or the text was changed again. Look at it again."
)


@bp.post(f"/<int:content_id>/changed/<any({', '.join(drift.VERBS)}):verb>")
def decide(slug: str, content_id: int, verb: str) -> Response:
    """Decide about the text at a target that the person saw; a repeated click has no effect."""
    site = site_or_404(slug)
    row = articles.find_with_idea(db.session, site.id, content_id) or abort(404)
    sent = request.form.get("target_id", "")
    target = PublishingTarget.find(db.session, site.id, int(sent)) if is_row_id(sent) else None
    target = target or abort(404, "There is no such publishing target on this site.")
    done = apply_decision(site, row, target, verb, request.form.get("seen", ""))
    flash(DONE[verb] if done else TOO_LATE)
    return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)


def apply_decision(site: Row, row: Row, target: Row, verb: str, seen: str) -> bool:
    """Apply a decision about the text with the fingerprint `seen`; return whether it did.

    `row` is the article with its idea. Raises ActionRefused if the article cannot be changed.
    """
    found = drift.find_open(db.session, site.id, row.id, target.id)
    if found is None:
        return False
    who = g.current_user.name
    numbers = _measure(site, row, found.theirs) if verb == drift.TAKE else {}
    db.session.rollback()
    with write_transaction() as tx:
        if verb == drift.KEEP:
            return drift.keep(tx, found, seen, who)
        if verb == drift.SEND:
            return drift.send(tx, found, seen, who)
        return drift.take_in(tx, found, seen, who, target.name, row.edited_at, numbers)


def changed_texts(row: Row, publications: list[Row]) -> list[dict[str, Any]]:
    """Return the variables of _drift.html: each open publication with the differing lines."""
    return [
        {
            "publication": one,
            "parts": [
                ("Title", _sides(_line(row.title), _line(one.theirs["title"]))),
                ("Excerpt", _sides(_line(row.excerpt), _line(one.theirs["excerpt"]))),
                ("Text", _sides(row.html, one.theirs["html"])),
            ],
        }
        for one in publications
        if drift.is_open(one)
    ]


def _sides(ours: str, theirs: str) -> list[tuple[DiffLine, DiffLine]]:
    """Return the differing blocks, each as in the article and as on the website.

    A removed block is paired with the one that replaces it.
    """
    rows: list[tuple[DiffLine, DiffLine]] = []
    for line in changed_lines(ours, theirs):
        here, there = _without(line, "added"), _without(line, "removed")
        if rows and not here.pieces and not rows[-1][1].pieces:
            rows[-1] = rows[-1][0], there
        else:
            rows.append((here, there))
    return rows


def _without(line: DiffLine, kind: str) -> DiffLine:
    return DiffLine(line.tag, [piece for piece in line.pieces if piece[0] != kind])


def _measure(site: Row, row: Row, theirs: dict[str, Any]) -> dict[str, Any]:
    """Return the word count, headings and checks of a text that is taken in."""
    if row.status not in ("approved", "review"):
        raise ActionRefused(NOT_HERE)
    if not BeautifulSoup(theirs["html"], "html.parser").get_text(strip=True):
        raise ActionRefused(EMPTY)
    own = {name: getattr(row, name) for name in TEXTS}
    texts = own | {name: theirs[name] for name in own if name in theirs}
    return measure(site, row, texts, row.citations)


def _line(text: str) -> str:
    """Return a text as a one-line fragment for comparison."""
    return f"<p>{escape(text)}</p>"
