"""List runs, events, items and sites, always with a limited number of rows."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, case, func, select

from igny8.extensions import read_transaction
from igny8.forecast import percentage
from igny8.formatting import format_duration_range
from igny8.models import ENDED_WELL, OPEN, Run, RunEvent, RunItem, RunSettings, RunStage, Site
from igny8.models.queries.text_search import contains_text
from igny8.models.run_item import STATE_GROUPS
from igny8.models.worker import online_slots
from igny8.progress.estimate import estimate
from igny8.progress.labels import display_status, status_label
from igny8.progress.situation import WRITE, step_of_site
from igny8.progress.snapshot.queries import site_columns
from igny8.progress.snapshot.times import active_seconds, time_left
from igny8.stages import get_stage
from igny8.stages.base import output_unit

run, run_stage, item, event = (
    Run.__table__,
    RunStage.__table__,
    RunItem.__table__,
    RunEvent.__table__,
)


def history(site: Row[Any], limit: int = 50, before: int | None = None) -> list[dict[str, Any]]:
    """Return the runs of a site, newest first, before the run number `before`."""
    processed = run_stage.c.done + run_stage.c.failed + run_stage.c.skipped
    slots, _ = online_slots()
    query = select(
        run,
        _sum_of_stages(run_stage.c.input, "total"),
        _sum_of_stages(run_stage.c.failed, "failed"),
        _sum_of_stages(processed, "processed"),
        _sum_of_stages(run_stage.c.money, "money"),
        _sum_of_stages(case((run_stage.c.number == WRITE, run_stage.c.made), else_=0), "texts"),
        slots.label("slots"),
    ).where(run.c.site_id == site.id)
    if before is not None:
        query = query.where(run.c.number < before)
    with read_transaction() as tx:
        rows = tx.execute(query.order_by(run.c.number.desc()).limit(limit)).all()
    return [_history_entry(row) for row in rows]


def events(
    run_id: int,
    limit: int = 100,
    before: int | None = None,
    level: str | None = None,
    stage: int | None = None,
    text: str = "",
) -> list[dict[str, Any]]:
    """Return lines of a run's log (by database id) that contain a text, newest first."""
    query = select(event).where(event.c.run_id == run_id)
    if stage is not None:
        query = query.where(event.c.stage == stage)
    if text:
        query = query.where(contains_text(event.c.message, text))
    if before is not None:
        query = query.where(event.c.id < before)
    if level is not None:
        query = query.where(event.c.level == level)
    with read_transaction() as tx:
        rows = tx.execute(query.order_by(event.c.id.desc()).limit(limit)).all()
    return [
        {
            "id": r.id,
            "at": r.at.isoformat(timespec="seconds"),
            "level": r.level,
            "kind": r.kind,
            "stage": r.stage,
            "item_id": r.item_id,
            "message": r.message,
            "credits": r.credits,
        }
        for r in rows
    ]


def items(
    run_id: int,
    limit: int = 50,
    offset: int = 0,
    stage: int | None = None,
    state: str | None = None,
) -> list[dict[str, Any]]:
    """Return items of a run (by database id) in the order of the pipeline.

    `state` is a state or the name of a group of states (run_item.STATE_GROUPS).
    """
    query = select(item).where(item.c.run_id == run_id)
    if stage is not None:
        query = query.where(item.c.stage == stage)
    if state is not None:
        query = query.where(item.c.state.in_(STATE_GROUPS.get(state, (state,))))
    with read_transaction() as tx:
        rows = tx.execute(
            query.order_by(item.c.stage, item.c.subject_id).limit(limit).offset(offset)
        ).all()
    return [
        {
            "id": r.id,
            "stage": r.stage,
            "subject_id": r.subject_id,
            "title": r.title,
            "state": r.state,
            "attempt": r.attempt,
            "crashes": r.crashes,
            "error_kind": r.error_kind,
            "error": r.error,
            "credits": r.credits,
            "money": r.money,
            "tokens": r.tokens_in + r.tokens_out,
            "requests": r.requests,
            "repeats": r.repeats,
            "seconds": r.seconds,
        }
        for r in rows
    ]


def sites_overview(condition: ColumnElement[bool] | None = None) -> list[dict[str, Any]]:
    """Return one entry per site that matches the condition.

    Each has the site's open or undismissed run, the number of waiting items, and the number of
    texts to review.
    """
    query = select(Site.__table__, *site_columns(Site.id))
    if condition is not None:
        query = query.where(condition)
    with read_transaction() as tx:
        sites = tx.execute(query.order_by(Site.name)).all()
        runs = {row.site_id: row for row in tx.execute(_latest_runs())}
    return [_site_entry(site, runs.get(site.id)) for site in sites]


def next_step_of(site_id: int) -> dict[str, Any] | None:
    """Return the next step of a site as a dictionary, None for a deleted site."""
    entry = next(iter(sites_overview(Site.id == site_id)), None)
    return None if entry is None else entry["next_step"]


def _latest_runs() -> Select[Any]:
    """Return the query of each site's latest run that had items."""
    latest = (
        select(func.max(run.c.id)).where(run.c.state != "nothing_to_do").group_by(run.c.site_id)
    )
    slots, _ = online_slots()
    return select(
        run,
        slots.label("slots"),
        *(_sum_of_stages(run_stage.c[name], name) for name in ("failed", "cancelled", "held")),
    ).where(run.c.id.in_(latest))


def _sum_of_stages(column: ColumnElement[Any], name: str) -> Label[Any]:
    """Return the sum of a column over the stages of a run, as a column of the run's query."""
    return (
        select(func.coalesce(func.sum(column), 0))
        .where(run_stage.c.run_id == run.c.id)
        .correlate(run)
        .scalar_subquery()
        .label(name)
    )


def _site_entry(site: Row[Any], row: Row[Any] | None) -> dict[str, Any]:
    is_open = row is not None and row.state in OPEN
    if row is not None and row.dismissed and not is_open:
        row = None
    ahead = {} if is_open else estimate(site)
    status = None if row is None else display_status(row, row.slots)
    shown: dict[str, Any] = (
        {"percentage": 0, "label": "", "run": None} if row is None else _shown_run(row)
    )
    left = shown["run"] and shown["run"]["time_left"]
    return {
        "site": {"id": site.id, "slug": site.slug, "name": site.name, "url": site.url},
        **shown,
        "review_waiting": site.review_waiting,
        "waiting_items": ahead.get("waiting_items", 0),
        "next_step": asdict(step_of_site(site, row, status, left, ahead)),
    }


def _shown_run(row: Row[Any]) -> dict[str, Any]:
    """Return the entry of a site's run in the list of sites."""
    percent = percentage(row.bar_remaining, row.state in ENDED_WELL)
    status, duration = display_status(row, row.slots), active_seconds(row)
    return {
        "percentage": percent,
        "label": status_label(row, status, percent, row.failed),
        "run": {
            "run_id": row.public_id,
            "number": row.number,
            "status": status,
            "open": row.state in OPEN,
            "current_stage": row.current_stage,
            "duration_seconds": round(duration),
            "time_left": time_left(row, status, duration)["estimated_remaining_time"],
        },
    }


def _history_entry(row: Row[Any]) -> dict[str, Any]:
    percent = percentage(row.bar_remaining, row.state in ENDED_WELL)
    status = display_status(row, row.slots)
    return {
        "run_id": row.public_id,
        "number": row.number,
        "status": status,
        "label": status_label(row, status, percent, row.failed),
        "percentage": percent,
        "trigger": row.trigger,
        "started_by": row.started_by,
        "started_at": (row.started_at or row.created_at).isoformat(timespec="seconds"),
        "finished_at": row.finished_at.isoformat(timespec="seconds") if row.finished_at else None,
        "total_items": row.total,
        "completed_items": row.processed,
        "failed_items": row.failed,
        "credits_used": row.credits_used,
        "money": row.money,
        "texts_made": row.texts,
        "texts_unit": output_unit(get_stage(WRITE), RunSettings.from_json(row.settings)),
        "predicted": None
        if row.predicted_high is None or row.state == "nothing_to_do"
        else format_duration_range(row.predicted_low or 0, row.predicted_high),
        "duration_seconds": round(active_seconds(row)),
    }
