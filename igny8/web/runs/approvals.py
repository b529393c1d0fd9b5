"""Approve or reject the items that a run waits for, or let the run continue."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8 import jobs, progress
from igny8.engine.runs import gate_decisions
from igny8.extensions import db, write_transaction
from igny8.models import Run
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries import gate_items
from igny8.progress.waiting import undecided
from igny8.stages.units import count_of
from igny8.web.runs.waiting import PAGES
from igny8.web.ui.request_args import ticked_ids, typed_reason
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("approvals", __name__, url_prefix="/sites/<slug>/approval")
SHOWN_ITEMS = 200
VERDICTS = {"approve": APPROVED, "reject": REJECTED}


@dataclass(frozen=True)
class Waiting:
    """What a site's open run waits for: a snapshot's `waiting`, with the run's row."""

    run: Row[Any]
    facts: dict[str, Any]

    @property
    def is_held(self) -> bool:
        """Return whether the gate holds the items themselves, not only the following ones."""
        return bool(self.facts["kind"] == "approval")


@bp.get("")
def index(slug: str) -> str:
    """Show what waits for a decision, if anything."""
    site = site_or_404(slug)
    found = _waiting(site)
    rows: Sequence[Row[Any]] = ()
    total = 0
    if found is not None and found.facts["kind"] != "reading":
        rows, total = gate_items.page(
            db.session, found.run.id, found.facts["stage"], found.is_held, SHOWN_ITEMS
        )
    return render_template(
        "runs/approvals.html",
        site=site,
        waiting=found and found.facts,
        rows=[(row, _url(site, found, row)) for row in rows],
        total=total,
        unit=count_of(total, _unit(found)),
    )


@bp.post("/<any(approve, reject):verb>")
def decide(slug: str, verb: str) -> Response:
    """Approve or reject the selected or all waiting items."""
    site = site_or_404(slug)
    found = _waiting(site)
    if found is None:
        flash("Nothing waits for a decision any more.")
        return redirect(url_for(".index", slug=slug), 303)
    ids, stage = ticked_ids(), found.facts["stage"]
    if "all" in request.form:
        ids = gate_items.ids(db.session, found.run.id, stage, found.is_held)
    if not ids:
        raise BadRequest("Select at least one, or choose all.")
    db.session.remove()
    reason = typed_reason()
    with write_transaction() as tx:
        count = gate_decisions.decide(
            tx, site.id, ids, stage, VERDICTS[verb], g.current_user.name, reason
        )
    gate_decisions.advance_open_run(site.id)
    jobs.wake_workers()
    flash(f"{count_of(count, _unit(found)).capitalize()} {VERDICTS[verb]}.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/continue")
def go_on(slug: str) -> Response:
    """Continue the run and postpone undecided items to a later run."""
    site = site_or_404(slug)
    if gate_decisions.continue_run(site.id, g.current_user.name):
        jobs.wake_workers()
        flash("The run continues.")
    else:
        flash("The run does not wait any more.")
    return redirect(url_for("automation.index", slug=slug), 303)


def _waiting(site: Row[Any]) -> Waiting | None:
    """Return what the open run of a site waits for, or None."""
    run = Run.find_open(db.session, site.id)
    if run is None:
        return None
    facts = progress.snapshot(site)["run"]["waiting"] or undecided(db.session, run)
    return None if facts is None else Waiting(run, facts)


def _unit(found: Waiting | None) -> str:
    if found is None:
        return "items"
    return str(found.facts["unit"]) if found.is_held else "results"


def _url(site: Row[Any], found: Waiting | None, row: Row[Any]) -> str:
    endpoint, name = PAGES[found.facts["stage"] if found else 3]
    return url_for(endpoint, slug=site.slug, **{name: row.page_id})
