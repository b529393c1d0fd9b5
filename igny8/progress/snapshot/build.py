"""Build the snapshot of a site: of one of its runs, or without a run."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.forecast import percentage
from igny8.models import ENDED, ENDED_WELL, Run
from igny8.models.run_stage import BUILT_IN
from igny8.progress.situation import step_of_snapshot
from igny8.progress.snapshot.idle import ahead_of, idle_snapshot
from igny8.progress.snapshot.queries import (
    LINES_QUERY,
    MAX_PAST_RUNS,
    RUNS_QUERY,
    SITE_QUERY,
    STAGES_QUERY,
)
from igny8.progress.snapshot.run import run_snapshot
from igny8.progress.snapshot.spending import run_money
from igny8.progress.snapshot.tags import idle_tag, next_step_facts
from igny8.progress.snapshot.times import iso_time
from igny8.progress.waiting import waiting_for_people


def snapshot(site: Row[Any], public_id: str | None = None, page: bool = False) -> dict[str, Any]:
    """Return the snapshot of a run: the requested one, else the open one, else the latest.

    `site` is a row. `page` excludes runs without items and a dismissed run. Without a run to show,
    "run" is None and "idle" contains what a run would do.
    """
    with read_transaction() as tx:
        runs = tx.execute(RUNS_QUERY, {"of_site": site.id}).all()
        run = _select_run(tx, runs, site.id, public_id, page)
        stages: Sequence[Row[Any]] = ()
        lines: Sequence[Row[Any]] = ()
        waiting: dict[str, Any] | None = None
        if run is not None:
            place = {"of_site": site.id, "of_run": run.id}
            stages = tx.execute(STAGES_QUERY, place).all()
            lines = tx.execute(LINES_QUERY, {"of_run": run.id, "at": run.current_stage}).all()
        head = runs[0] if runs else tx.execute(SITE_QUERY, {"of_site": site.id}).one()
        if run is not None:
            waiting = waiting_for_people(tx, run, stages, head.review_waiting)
    past = [_past_run(row) for row in runs if run is None or row.id < run.id]
    result: dict[str, Any] = {
        "site": {"id": site.id, "slug": site.slug, "name": site.name},
        "workers": _workers(head),
        "review_waiting": head.review_waiting,
        "sent_back": head.sent_back,
        "past_runs": past[:MAX_PAST_RUNS],
    }
    if run is None:
        result |= idle_snapshot(site, head)
    else:
        money = run_money(run, stages)
        result |= run_snapshot(run, stages, lines, head, runs, waiting, money)
        if run.state in ENDED:
            result |= _after_run(site, result, head, page)
    result["next_step"] = step_of_snapshot(result, head)
    result["getting_started"] = _getting_started(head, runs)
    return result | {"by_models": any(s["engine"] != BUILT_IN for s in result["stages"])}


def _after_run(
    site: Row[Any], result: dict[str, Any], head: Row[Any], page: bool
) -> dict[str, Any]:
    """Return the part of a snapshot after the end of a run: what the next one would do."""
    idle = ahead_of(site, head) if page else None
    shown = [idle, head.review_waiting, head.sent_back, *next_step_facts(head)]
    tag = f"{result['tag']}-{idle_tag([*shown, head.slots])}"
    return {"idle": idle, "tag": tag}


def _getting_started(head: Row[Any], runs: Sequence[Row[Any]]) -> list[bool] | None:
    """Return whether keywords, a run and an approval exist; None once an article is live."""
    if head.has_published:
        return None
    has_run = any(row.state != "nothing_to_do" for row in runs)
    return [bool(head.has_keywords), has_run, bool(head.approved)]


def run_detail(site: Row[Any], public_id: str) -> dict[str, Any] | None:
    """Return the snapshot of one run of a site, ended or not; None if it does not exist."""
    snap = snapshot(site, public_id)
    return snap if snap["run"] is not None else None


def _select_run(
    tx: Connection, runs: Sequence[Row[Any]], site_id: int, public_id: str | None, page: bool
) -> Row[Any] | None:
    """Return the row of the run to show; `runs` are the newest ones."""
    if public_id is not None:
        recent = next((row for row in runs if row.public_id == public_id), None)
        return recent or Run.find(tx, site_id, public_id)
    latest = next((row for row in runs if row.state != "nothing_to_do"), None)
    if not page:
        return latest or (runs[0] if runs else None)
    is_dismissed = latest is not None and latest.dismissed and latest.state in ENDED
    return None if is_dismissed else latest


def _workers(head: Row[Any]) -> dict[str, Any]:
    seen = None
    if head.last_seen is not None:
        seen = max(0, round((clock.now() - head.last_seen).total_seconds()))
    return {"online": head.slots, "last_seen_seconds": seen}


def _past_run(row: Row[Any]) -> dict[str, Any]:
    return {
        "run_id": row.public_id,
        "number": row.number,
        "status": row.state,
        "started_at": iso_time(row.started_at or row.created_at),
        "failed_items": row.failed_items or 0,
        "percentage": percentage(row.bar_remaining, row.state in ENDED_WELL),
    }
