"""The board of ideas: undecided, approved, accepted and rejected ones, in order."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from igny8 import jobs, progress
from igny8.engine.runs import gate_decisions, idea_order
from igny8.extensions import db, write_transaction
from igny8.models import Idea
from igny8.models.base import is_row_id
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries import ideas as queries
from igny8.models.queries.idea_twins import twins
from igny8.web.library.ideas import PLAN
from igny8.web.ui.template_context import site_or_404, wants_partial

bp = Blueprint("idea_board", __name__, url_prefix="/sites/<slug>/ideas/board")
MAX_CARDS = 100  # per column
COLUMNS = {"new": "New", "approved": "Approved", "queued": "Accepted", "rejected": "Rejected"}


@bp.get("")
def index(slug: str) -> str:
    """Show the board."""
    return _page(slug, "library/ideas/board.html")


@bp.post("/move")
def move(slug: str) -> Response | str:
    """Move an idea to a column, before another card or to the end.

    The script sends `column` and `before`; a button sends `to` or `over` instead.
    """
    site = site_or_404(slug)
    idea_id, before = _id("idea"), _id("over") or _id("before")
    column = request.form.get("to") or request.form.get("column", "")
    if idea_id is None or column not in COLUMNS:
        abort(400, "Name an idea and a column.")
    found = queries.find(db.session, site.id, idea_id) or abort(404)
    was = found.decision or "new"
    db.session.remove()
    with write_transaction() as tx:
        if column != "queued" and found.status == "new" and column != was:
            _decide(tx, site.id, idea_id, column)
        if column != "rejected":
            idea_order.move(tx, site.id, idea_id, before)
    gate_decisions.advance_open_run(site.id)
    jobs.wake_workers()
    if wants_partial():
        return _page(slug, "library/ideas/_board.html")
    return redirect(url_for(".index", slug=slug), 303)


def _decide(tx: Connection, site_id: int, idea_id: int, column: str) -> None:
    """Approve an idea, reject it, or make it undecided again."""
    gate_decisions.forget(tx, site_id, [idea_id], PLAN)
    Idea.disable(tx, site_id, [idea_id], disabled=False)
    verdict = {"approved": APPROVED, "rejected": REJECTED}.get(column)
    if verdict is not None:
        gate_decisions.decide(tx, site_id, [idea_id], PLAN, verdict, g.current_user.name)


def _page(slug: str, template: str) -> str:
    site = site_or_404(slug)
    columns = [
        (key, label, queries.board(db.session, site.id, key, MAX_CARDS))
        for key, label in COLUMNS.items()
    ]
    waiting = [row for key, _, rows in columns if key in ("new", "approved") for row in rows]
    chosen = [row for key, _, rows in columns if key == "approved" for row in rows] or waiting
    return render_template(
        template,
        site=site,
        columns=columns,
        most=MAX_CARDS,
        twins=twins(db.session, site.id, waiting),
        count=len(chosen),
        is_selection=chosen is not waiting,
        ahead=progress.estimate_ideas(site, len(chosen), sum(row.target_words for row in chosen)),
    )


def _id(name: str) -> int | None:
    value = request.form.get(name, "")
    return int(value) if is_row_id(value) else None
