"""The gate: the queue beside the article; approve, send back with a note, reject with a reason."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select, tuple_
from werkzeug.exceptions import BadRequest

from igny8.extensions import db, write_transaction
from igny8.models import Content
from igny8.web.content.content import article_context
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("review", __name__, url_prefix="/sites/<slug>/review")
content = Content.__table__
QUEUE_LENGTH = 12
MAX_REASON_CHARS = 2000
# the word in the address: (verdict, what is said afterwards, what the reason is called)
VERDICTS = {
    "approve": ("approved", "Approved “{}”.", None),
    "send_back": ("sent_back", "Sent back “{}”: {}.", "note"),
    "reject": ("rejected", "Rejected “{}”.", "reason"),
}
NEXT_RUN = {
    "brief": "the next run creates the brief again with your note",
    "article": "the next run writes it again with your note",
}


@bp.get("")
def index(slug: str):
    """Show the first of the queue, or that nothing waits."""
    site = site_or_404(slug)
    first = db.session.execute(_queue_query(site.id).limit(1)).first()
    if first is None:
        return render_template("content/review/empty.html", site=site)
    return _page(site, first.id)


@bp.get("/<int:content_id>")
def show(slug: str, content_id: int):
    """Show one of the queue; what waits no longer is shown where content is."""
    site = site_or_404(slug)
    row = db.session.execute(_queue_query(site.id).where(content.c.id == content_id)).first()
    if row is None:
        return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)
    return _page(site, content_id)


@bp.post("/<int:content_id>/<any(approve, send_back, reject):verb>")
def decide(slug: str, content_id: int, verb: str):
    """Settle a content and go on to the next one."""
    site = site_or_404(slug)
    verdict, sentence, asked = VERDICTS[verb]
    reason = request.form.get("reason", "").strip()[:MAX_REASON_CHARS]
    if asked and not reason:
        raise BadRequest(f"Enter a {asked} first.")
    row = db.session.execute(
        select(content.c.title, content.c.kind).where(
            content.c.site_id == site.id, content.c.id == content_id
        )
    ).first() or abort(404)
    following = _next_in_queue(site.id, content_id)
    with write_transaction() as tx:
        settled = Content.decide(tx, site.id, content_id, verdict, reason)
    if settled:
        flash(
            {
                "text": sentence.format(row.title, NEXT_RUN[row.kind]),
                "undo": url_for("review.reopen", slug=slug, content_id=content_id),
                "open": url_for("content.show", slug=slug, content_id=content_id),
            }
        )
    else:
        flash("A decision had already been made; nothing was changed.")
    if following is None:
        return redirect(url_for("review.index", slug=slug), 303)
    return redirect(url_for("review.show", slug=slug, content_id=following), 303)


@bp.post("/<int:content_id>/reopen")
def reopen(slug: str, content_id: int):
    """Take a decision back and show the text in the queue again."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        reopened = Content.reopen(tx, site.id, content_id)
    flash(
        "It is waiting for your decision again."
        if reopened
        else "The decision could not be undone: the article is already waiting, or a run is writing it again. Wait for the run to end."
    )
    return redirect(url_for("review.show", slug=slug, content_id=content_id), 303)


def _page(site, content_id: int):
    place, total, oldest = _queue_position(site.id, content_id)
    begin = max(0, min(place - 3, total - QUEUE_LENGTH))
    queue = db.session.execute(_queue_query(site.id).limit(QUEUE_LENGTH).offset(begin)).all()
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


def _queue_query(site_id: int):
    return (
        select(content.c.id, content.c.title, content.c.kind, content.c.words, content.c.checks)
        .where(
            content.c.site_id == site_id,
            content.c.status == "review",
            content.c.handed_over.is_(True),
        )
        .order_by(content.c.handed_over_at, content.c.id)
    )


def _queue_position(site_id: int, content_id: int) -> tuple[int, int, object]:
    """Return the place in the queue (1 is the first), its length, and since when the oldest waits."""
    queue = _queue_query(site_id).order_by(None)
    own = select(content.c.handed_over_at).where(content.c.id == content_id).scalar_subquery()
    before = queue.where(
        tuple_(content.c.handed_over_at, content.c.id) < tuple_(own, content_id)
    ).subquery()
    every = queue.with_only_columns(content.c.handed_over_at).subquery()
    earlier = db.session.execute(select(func.count()).select_from(before)).scalar_one()
    total, oldest = db.session.execute(select(func.count(), func.min(every.c.handed_over_at))).one()
    return earlier + 1, total, oldest


def _next_in_queue(site_id: int, content_id: int) -> int | None:
    """Return the id of the next in the queue, or of the one before at its end."""
    place, total, _ = _queue_position(site_id, content_id)
    offset = place if place < total else place - 2
    if offset < 0 or total < 2:
        return None
    return db.session.execute(_queue_query(site_id).limit(1).offset(offset)).scalar()
