"""The runs of a site, and one run in full: stages in time, items, log."""

from flask import Blueprint, abort, render_template, request
from sqlalchemy import select

from igny8 import clock, progress
from igny8.extensions import db
from igny8.models import Run, RunStage
from igny8.models.run_event import LEVELS
from igny8.models.run_item import STATES
from igny8.web.ui.listing import PER_PAGE, choice_arg, row_id_arg
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("history", __name__, url_prefix="/sites/<slug>/runs")
LOG_LINES_PER_PAGE = 100
STAGE_NUMBERS = tuple("1234567")


@bp.get("")
def index(slug: str):
    """Show a page of the runs, newest first."""
    site = site_or_404(slug)
    before = row_id_arg("before")
    runs = progress.history(site, PER_PAGE + 1, before)
    return render_template(
        "runs/history/index.html",
        site=site,
        runs=runs[:PER_PAGE],
        before=before,
        more=len(runs) > PER_PAGE,
    )


@bp.get("/<run_id>")
def show(slug: str, run_id: str):
    """Show one run with its stages in time, a page of its items and its log."""
    site = site_or_404(slug)
    row = Run.find(db.session, site.id, run_id) or abort(404)
    snap = progress.run_detail(site, run_id)
    stage, state = choice_arg("stage", STAGE_NUMBERS), choice_arg("state", STATES)
    level = choice_arg("level", LEVELS)
    total = _count_items(snap["stages"], int(stage) if stage else None, state)
    page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-total // PER_PAGE)))
    items = progress.items(
        row.id, PER_PAGE, (page - 1) * PER_PAGE, int(stage) if stage else None, state or None
    )
    before = row_id_arg("before")
    events = progress.events(row.id, LOG_LINES_PER_PAGE + 1, before, level or None)
    return render_template(
        "runs/history/show.html",
        site=site,
        snap=snap,
        run_id=run_id,
        items=items,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        per_page=PER_PAGE,
        stage=stage,
        state=state,
        states=STATES,
        level=level,
        levels=LEVELS,
        events=events[:LOG_LINES_PER_PAGE],
        more=len(events) > LOG_LINES_PER_PAGE,
        before=before,
        timeline=_timeline(row),
    )


def _count_items(stages: list[dict], number: int | None, state: str) -> int:
    """Return how many items pass the filters, from the counters."""
    name = f"{state}_count" if state else "input_count"
    return sum(stage[name] for stage in stages if number in (None, stage["number"]))


def _timeline(row) -> list[dict]:
    """Return per stage where its bar begins and how long it is, as shares of the run's time."""
    stages = db.session.execute(
        select(RunStage.__table__).where(RunStage.run_id == row.id).order_by(RunStage.number)
    ).all()
    begin = row.started_at or row.created_at
    end = row.finished_at or clock.now()
    span = max((end - begin).total_seconds(), 0.001)
    lines = []
    for stage in stages:
        at = max(0.0, ((stage.started_at or begin) - begin).total_seconds() / span)
        until = min(1.0, ((stage.finished_at or end) - begin).total_seconds() / span)
        lines.append(
            {
                "number": stage.number,
                "begin": at,
                "length": max(0.0, until - at),
                "shown": stage.started_at is not None,
                "started_at": stage.started_at,
                "finished_at": stage.finished_at,
                "failed": stage.failed,
            }
        )
    return lines
