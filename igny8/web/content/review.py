"""The review queue: approve an article, send it back with a note, or reject it with a reason."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.engine.publications.actions import follow_approval, withdraw
from igny8.engine.publications.calendar import schedule_next
from igny8.extensions import db, write_transaction
from igny8.models import Content, Publication
from igny8.models.queries import articles, review_queue
from igny8.web.content.content import article_context
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("review", __name__, url_prefix="/sites/<slug>/review")
QUEUE_LENGTH = 12
MAX_REASON_CHARS = 2000
NEXT_RUN = {
    "brief": "the next run creates the brief again with your note",
    "article": "the next run writes it again with your note",
}


@dataclass(frozen=True)
class Verdict:
    """A decision: the new status, the message afterwards, and the word for the required reason."""

    status: str
    message: str
    reason: str | None = None


VERDICTS = {
    "approve": Verdict("approved", "Approved “{title}”."),
    "send_back": Verdict("sent_back", "Sent back “{title}”: {next_run}.", "note"),
    "reject": Verdict("rejected", "Rejected “{title}”.", "reason"),
}


@bp.get("")
def index(slug: str) -> str:
    """Show the first of the queue, or that there is nothing to review."""
    site = site_or_404(slug)
    first = review_queue.first_id(db.session, site.id)
    if first is None:
        return render_template("content/review/empty.html", site=site)
    return _page(site, first)


@bp.get("/<int:content_id>")
def show(slug: str, content_id: int) -> Response | str:
    """Show an article of the queue; one that is not in it is shown on its own page."""
    site = site_or_404(slug)
    if not review_queue.is_waiting(db.session, site.id, content_id):
        return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)
    return _page(site, content_id)


@bp.post("/<int:content_id>/<any(approve, send_back, reject):verb>")
def decide(slug: str, content_id: int, verb: str) -> Response:
    """Decide about an article and go on to the next one."""
    site, verdict = site_or_404(slug), VERDICTS[verb]
    reason = request.form.get("reason", "").strip()[:MAX_REASON_CHARS]
    if verdict.reason and not reason:
        raise BadRequest(f"Enter a {verdict.reason} first.")
    row = articles.find(db.session, site.id, content_id) or abort(404)
    following = review_queue.neighbour(db.session, site.id, content_id)
    with write_transaction() as tx:
        decided = Content.decide(tx, site.id, content_id, verdict.status, reason)
        if decided and verdict.status == "approved":
            Publication.mark_outdated(tx, content_id, g.current_user.name)
            follow_approval(tx, site.id, content_id, schedule_next)
    _flash_decision(slug, row, verdict, decided)
    if following is None:
        return redirect(url_for("review.index", slug=slug), 303)
    return redirect(url_for("review.show", slug=slug, content_id=following), 303)


@bp.post("/<int:content_id>/reopen")
def reopen(slug: str, content_id: int) -> Response:
    """Undo a decision and show the article in the queue again."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        reopened = Content.reopen(tx, site.id, content_id)
        if reopened:
            withdraw(tx, content_id, g.current_user.name)
    flash(
        "It is waiting for your decision again."
        if reopened
        else "The decision could not be undone: the article is already waiting, or a run "
        "is writing it again. Wait for the run to end."
    )
    return redirect(url_for("review.show", slug=slug, content_id=content_id), 303)


def _flash_decision(slug: str, row: Row, verdict: Verdict, decided: bool) -> None:
    """Flash what was decided with an undo button, or that somebody else decided before."""
    if not decided:
        flash("A decision had already been made; nothing was changed.")
        return
    flash(
        {
            "text": verdict.message.format(title=row.title, next_run=NEXT_RUN[row.kind]),
            "undo": url_for("review.reopen", slug=slug, content_id=row.id),
            "open": url_for("content.show", slug=slug, content_id=row.id),
        }
    )


def _page(site: Row, content_id: int) -> str:
    place, total, oldest = review_queue.position(db.session, site.id, content_id)
    begin = max(0, min(place - 3, total - QUEUE_LENGTH))
    queue = review_queue.part(db.session, site.id, QUEUE_LENGTH, begin)
    ids = [row.id for row in queue]
    at = ids.index(content_id) if content_id in ids else 0
    return render_template(
        "content/review/show.html",
        site=site,
        queue=queue,
        place=place,
        total=total,
        oldest=oldest,
        earlier=begin,
        later=max(0, total - begin - len(queue)),
        previous=ids[at - 1] if at else None,
        following=ids[at + 1] if at + 1 < len(ids) else None,
        next_run=NEXT_RUN,
        **article_context(site, content_id),
    )
