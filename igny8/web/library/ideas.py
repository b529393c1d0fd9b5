"""The ideas of a site: the list with its bulk actions, and one idea with its outline."""

from functools import partial

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Connection, func, select
from werkzeug.wrappers import Response

from igny8 import jobs, progress
from igny8.engine.runs import gate_decisions, idea_order
from igny8.extensions import db, write_transaction
from igny8.models import Idea
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries import ideas as queries
from igny8.models.queries.idea_twins import twins
from igny8.providers.base import FORMATS
from igny8.web.library.ticked_run import run_ticked
from igny8.web.ui.filters import plural
from igny8.web.ui.list_view import BulkAction, ListView
from igny8.web.ui.request_args import ticked_ids, typed_reason
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("ideas", __name__, url_prefix="/sites/<slug>/ideas")
PLAN = 3  # the stage that takes ideas


def decide(tx: Connection, site_id: int, ids: list[int], verdict: str) -> int:
    """Approve or reject ideas with the reason in the form; return how many."""
    reason = typed_reason()
    by = g.current_user.name
    return gate_decisions.decide(tx, site_id, ids, PLAN, verdict, by, reason)


def enable(tx: Connection, site_id: int, ids: list[int]) -> int:
    """Include disabled and rejected ideas again as undecided; return how many."""
    gate_decisions.forget(tx, site_id, ids, PLAN)
    return Idea.disable(tx, site_id, ids, disabled=False)


LIST = ListView(
    "ideas",
    "idea",
    queries.list_query(FORMATS),
    {
        "approve": BulkAction(
            "A run that waits for your approval continues with them.",
            "approved",
            partial(decide, verdict=APPROVED),
        ),
        "reject": BulkAction(
            "Runs skip them until they are enabled again.",
            "rejected",
            partial(decide, verdict=REJECTED),
        ),
        "disable": BulkAction(
            "Runs skip them until they are enabled again.", "disabled", Idea.disable
        ),
        "enable": BulkAction("Runs process them again.", "enabled", enable),
    },
)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the ideas."""
    site = site_or_404(slug)
    found = LIST.page(site)
    return render_template(
        "library/ideas/index.html",
        site=site,
        found=found,
        formats=FORMATS,
        twins=twins(db.session, site.id, found.rows),
        ahead=progress.estimate_ideas(site, *_length(site.id, None)),
    )


@bp.get("/<int:idea_id>")
def show(slug: str, idea_id: int) -> str:
    """Show an idea with its outline and its keywords."""
    site = site_or_404(slug)
    row = queries.find(db.session, site.id, idea_id) or abort(404)
    twin = twins(db.session, site.id, [row]).get(row.id)
    return render_template("library/ideas/show.html", site=site, row=row, twin=twin)


@bp.post("/forecast")
def forecast(slug: str) -> str:
    """Return the forecast of a run over the selected ideas, or over all waiting ones."""
    site, ids = site_or_404(slug), ticked_ids()
    count, words = _length(site.id, ids or None)
    return render_template(
        "library/ideas/_forecast.html",
        site=site,
        count=count,
        is_selection=bool(ids),
        ahead=progress.estimate_ideas(site, count, words),
    )


@bp.post("/change")
def bulk_action(slug: str) -> Response | str:
    """Approve, reject, disable or enable the selected ideas, or run only those."""
    site = site_or_404(slug)
    if request.form.get("verb") == "run":
        return run_ticked(site, stage=PLAN)
    answer = LIST.bulk_action(site)
    gate_decisions.advance_open_run(site.id)
    jobs.wake_workers()
    return answer


@bp.post("/order")
def order_by_value(slug: str) -> Response:
    """Order the waiting ideas by their value per money."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        count = idea_order.order_by_value(tx, site.id)
    flash(f"{plural(count, 'idea')} ordered by value. Runs take them in this order.")
    return redirect(request.referrer or url_for(".index", slug=slug, sort="order"), 303)


def _length(site_id: int, ids: list[int] | None) -> tuple[int, int]:
    """Return the number and the planned words of the selected ideas (all for None)."""
    columns = (func.count(), func.coalesce(func.sum(Idea.target_words), 0))
    waiting = (Idea.site_id == site_id, Idea.status == "new", Idea.disabled.is_(False))
    query = select(*columns).where(*waiting)
    row = db.session.execute(query if ids is None else query.where(Idea.id.in_(ids))).one()
    return row[0], row[1]
