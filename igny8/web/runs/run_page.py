"""The page of one run: its timeline, items and log."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8 import progress
from igny8.extensions import db
from igny8.models import Run
from igny8.models.queries.run_items import find_by_number
from igny8.models.run_event import LEVELS
from igny8.models.run_item import STATE_GROUPS, STATES
from igny8.progress import run_charts
from igny8.progress.failures import failure_groups
from igny8.progress.stage_labels import stage_name
from igny8.stages import STAGES
from igny8.web.runs.failed_items import retry_choices
from igny8.web.ui.list_page import PER_PAGE
from igny8.web.ui.request_args import choice_arg, page_arg, page_count, row_id_arg, search_arg
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("run_page", __name__, url_prefix="/sites/<slug>/runs")
LOG_LINES_PER_PAGE = 100
STAGE_NUMBERS = tuple(str(stage.NUMBER) for stage in STAGES)
STATE_FILTERS = (*STATES, *STATE_GROUPS)


@bp.get("/<run_id>")
def show(slug: str, run_id: str) -> str:
    """Show one run with its timeline, a page of its items and its log."""
    site = site_or_404(slug)
    row = Run.find(db.session, site.id, run_id) or abort(404)
    snap = progress.run_detail(site, run_id) or abort(404)
    stages = snap["stages"]
    failures = failure_groups(row.id) if snap["global_progress"]["failed_items"] else []
    keys = {stages[group.stage - 1]["key"] for group in failures}
    return render_template(
        "runs/run_page.html",
        site=site,
        snap=snap,
        run_id=run_id,
        stage_choices=[(s["number"], f"{s['number']} {stage_name(s['key'])}") for s in stages],
        charts=run_charts.load(row, snap),
        failures=failures,
        retry={key: retry_choices(site, key) for key in keys},
        pruned_at=row.pruned_at,
        **_items(row, stages),
        **_log(row),
    )


@bp.get("/<int:number>")
@bp.get("/<int:number>/<int:stage>/<state>")
def rows(slug: str, number: int, stage: int = 0, state: str = "") -> Response:
    """Redirect to a run by its number, or to those of its items that a figure counts.

    Stage 0 means all stages, “all” any state. The addresses are short because the polled page has
    one per figure.
    """
    site = site_or_404(slug)
    run = find_by_number(db.session, site.id, number) or abort(404)
    shown: dict[str, Any] = {"stage": stage or None, "state": None if state == "all" else state}
    anchor = "items" if state else None
    return redirect(
        url_for("run_page.show", slug=slug, run_id=run.public_id, **shown, _anchor=anchor)
    )


def _items(row: Row, stages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of the items with the filters and the numbers of its pages."""
    stage, state = choice_arg("stage", STAGE_NUMBERS), choice_arg("state", STATE_FILTERS)
    number = int(stage) if stage else None
    total = _count_items(stages, number, state)
    page = page_arg(total, PER_PAGE)
    items = progress.items(row.id, PER_PAGE, (page - 1) * PER_PAGE, number, state or None)
    return {
        "items": items,
        "total": total,
        "page": page,
        "pages": page_count(total, PER_PAGE),
        "per_page": PER_PAGE,
        "stage": stage,
        "state": state,
        "states": STATE_FILTERS,
    }


def _log(row: Row) -> dict[str, Any]:
    """Return a page of the log with its filter."""
    before, level = row_id_arg("before"), choice_arg("level", LEVELS)
    stage, text = choice_arg("log_stage", STAGE_NUMBERS), search_arg()
    events = progress.events(
        row.id,
        LOG_LINES_PER_PAGE + 1,
        before,
        level or None,
        int(stage) if stage else None,
        text,
    )
    return {
        "log_stage": stage,
        "log_text": text,
        "level": level,
        "levels": LEVELS,
        "events": events[:LOG_LINES_PER_PAGE],
        "more": len(events) > LOG_LINES_PER_PAGE,
        "before": before,
    }


def _count_items(stages: list[dict[str, Any]], number: int | None, state: str) -> int:
    """Return the number of items that match the filters, from the counters of the stages."""
    name = f"{state}_count" if state else "input_count"
    return sum(stage[name] for stage in stages if number in (None, stage["number"]))
