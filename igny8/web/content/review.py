"""The review queue: approve an article, send it back with a note, or reject it with a reason."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from sqlalchemy import Connection, Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.engine.publications.actions import withdraw
from igny8.engine.reviews import decisions
from igny8.extensions import db, write_transaction
from igny8.formatting import pluralize
from igny8.models import ApprovalRule, ClientComment, Content
from igny8.models.queries import articles, review_queue
from igny8.web.content.content import article_context
from igny8.web.ui.request_args import choice_arg, seen_version, ticked_ids, typed_reason
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("review", __name__, url_prefix="/sites/<slug>/review")
QUEUE_LENGTH = 12
MAX_AT_ONCE = 200
CHANGED = "changed this text while you read it; nothing was decided. Read it again, then decide."
NEXT_RUN = {
    "brief": "the next run creates the brief again with your note",
    "article": "the next run writes it again with your note",
}


@dataclass(frozen=True)
class Verdict:
    """A decision: the new status, the message afterwards, and the name of the required reason."""

    status: str
    message: str
    reason: str | None = None


VERDICTS = {
    "approve": Verdict("approved", "Approved “{title}”."),
    "send_back": Verdict("sent_back", "Sent back “{title}”: {next_run}.", "note"),
    "reject": Verdict("rejected", "Rejected “{title}”.", "reason"),
}


@bp.get("")
def index(slug: str) -> Response | str:
    """Show the first article of the queue, or that there is nothing to review."""
    site = site_or_404(slug)
    first = next(iter(_queue(site)), None)
    if first is None and review_queue.first_id(db.session, site.id) is not None:
        flash("No waiting article passes all checks. All are shown.")
        return redirect(url_for("review.index", slug=slug, sort=_view().get("sort")))
    if first is None:
        rule = ApprovalRule.find(db.session, site.id)
        return render_template("content/review/empty.html", site=site, rule=rule)
    return _page(site, first)


@bp.get("/<int:content_id>")
def show(slug: str, content_id: int) -> Response | str:
    """Show an article of the queue; redirect to its own page if it is not in the queue."""
    site = site_or_404(slug)
    if not review_queue.is_waiting(db.session, site.id, content_id):
        return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)
    return _page(site, content_id)


@bp.post("/<int:content_id>/<any(approve, send_back, reject):verb>")
def decide(slug: str, content_id: int, verb: str) -> Response | tuple[str, int]:
    """Decide about an article and open the next one; `version` is the one that was read."""
    site, verdict = site_or_404(slug), VERDICTS[verb]
    reason = typed_reason()
    if verdict.reason and not reason:
        raise BadRequest(f"Enter a {verdict.reason} first.")
    following = _neighbour(_queue(site), content_id)
    with write_transaction() as tx:
        note = (
            ClientComment.with_comments(tx, content_id, reason) if verb == "send_back" else reason
        )
        decided = _decide(tx, site.id, content_id, verdict.status, note, seen_version())
    row = articles.find(db.session, site.id, content_id) or abort(404)
    if not decided and review_queue.is_waiting(db.session, site.id, content_id):
        flash(f"{row.edited_by or 'A run'} {CHANGED}")
        return _page(site, content_id, (verb, reason)), 409
    _flash_decision(slug, row, verdict, decided, reason)
    if following is None:
        return redirect(url_for("review.index", slug=slug), 303)
    return redirect(url_for("review.show", slug=slug, content_id=following, **_view()), 303)


@bp.post("/approve-passing")
def approve_passing(slug: str) -> Response:
    """Approve the waiting articles that pass all checks, at most MAX_AT_ONCE."""
    site = site_or_404(slug)
    approved = []
    for content_id in review_queue.ids(db.session, site.id, passing=True)[:MAX_AT_ONCE]:
        with write_transaction() as tx:
            if _decide(tx, site.id, content_id, "approved"):
                approved.append(content_id)
    if approved:
        message: Any = {
            "text": f"Approved {pluralize(len(approved), 'articles')} that pass all checks.",
            "undo": url_for("review.reopen_several", slug=slug),
            "ids": approved,
            "open": url_for("content.index", slug=slug, status="approved"),
        }
        flash(message)
    else:
        flash("No waiting article passes all checks, so none was approved.")
    return redirect(url_for("review.index", slug=slug), 303)


@bp.post("/reopen")
def reopen_several(slug: str) -> Response:
    """Undo the decisions about several articles, and show the queue."""
    site = site_or_404(slug)
    count = 0
    for content_id in ticked_ids():
        with write_transaction() as tx:
            count += _reopen(tx, site.id, content_id)
    flash(f"{pluralize(count, 'articles')} wait for your decision again.")
    return redirect(url_for("review.index", slug=slug), 303)


@bp.post("/<int:content_id>/reopen")
def reopen(slug: str, content_id: int) -> Response:
    """Undo a decision and show the article in the queue again."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        reopened = _reopen(tx, site.id, content_id)
    flash(
        "It is waiting for your decision again."
        if reopened
        else "The decision could not be undone: the article is already waiting, or a run "
        "is writing it again. Wait for the run to end."
    )
    return redirect(url_for("review.show", slug=slug, content_id=content_id), 303)


def _decide(
    tx: Connection,
    site_id: int,
    content_id: int,
    status: str,
    reason: str = "",
    version: int | None = None,
) -> bool:
    """Decide about an article as the current user; return False if its state changed."""
    by = g.current_user.name
    return decisions.decide(tx, site_id, content_id, status, reason, by, version)


def _reopen(tx: Connection, site_id: int, content_id: int) -> bool:
    """Undo a decision and its effects; return False if it cannot be undone."""
    reopened = Content.reopen(tx, site_id, content_id)
    if reopened:
        withdraw(tx, content_id, g.current_user.name)
    return reopened


def _flash_decision(slug: str, row: Row, verdict: Verdict, decided: bool, reason: str) -> None:
    """Flash the decision with an undo button, or that another person decided before."""
    if not decided:
        flash(decided_before(row) + (f" Your {verdict.reason}: {reason}" if reason else ""))
        return
    message: Any = {
        "text": verdict.message.format(title=row.title, next_run=NEXT_RUN[row.kind]),
        "undo": url_for("review.reopen", slug=slug, content_id=row.id),
        "open": url_for("content.show", slug=slug, content_id=row.id),
    }
    flash(message)


def decided_before(row: Row) -> str:
    """Return who decided about an article before, and what."""
    words = {"approved": "approved", "rejected": "rejected", "sent_back": "sent back"}
    verdict = words.get(row.status, "decided about")
    decider = f"The rule of {row.rule_hours:,} h" if row.rule_hours else row.decided_by
    who = f"{decider or 'Somebody'} {verdict} “{row.title}”"
    return f"{who} while you read it; nothing was changed."


def _page(site: Row, content_id: int, typed: tuple[str, str] = ("", "")) -> str:
    """Show an article of the queue; `typed` is the verb and the note of a refused decision."""
    view = _view()
    ids = _queue(site)
    if content_id not in ids:  # it does not match the filter
        view, ids = {}, review_queue.ids(db.session, site.id)
    place, total = ids.index(content_id) + 1, len(ids)
    begin = max(0, min(place - 3, total - QUEUE_LENGTH))
    queue = review_queue.rows(db.session, site.id, ids[begin : begin + QUEUE_LENGTH])
    return render_template(
        "content/review/show.html",
        site=site,
        queue=queue,
        place=place,
        total=total,
        oldest=review_queue.oldest(db.session, site.id),
        view=view,
        passing=len(review_queue.ids(db.session, site.id, passing=True)),
        earlier=begin,
        later=max(0, total - begin - len(queue)),
        previous=ids[place - 2] if place > 1 else None,
        following=ids[place] if place < total else None,
        next_run=NEXT_RUN,
        typed=typed,
        **article_context(site, content_id),
    )


def _view() -> dict[str, Any]:
    """Return the order and the filter of the queue in the request, as parameters."""
    view = {"sort": choice_arg("sort", ("value",)), "only": choice_arg("only", ("passing",))}
    return {name: value for name, value in view.items() if value}


def _queue(site: Row) -> list[int]:
    """Return the ids of the queue in the order and with the filter of the request."""
    view = _view()
    order, passing = view.get("sort", "waiting"), "only" in view
    return review_queue.ids(db.session, site.id, order, passing)


def _neighbour(ids: list[int], content_id: int) -> int | None:
    """Return the next id in a queue, at its end the previous one, or None."""
    if content_id not in ids:
        return next(iter(ids), None)
    place = ids.index(content_id)
    rest = ids[place + 1 :] or ids[max(0, place - 1) : place]
    return next(iter(rest), None)
