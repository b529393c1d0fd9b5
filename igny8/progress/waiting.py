"""What a run waits for from people, and when they will be done at their current pace."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from igny8 import clock
from igny8.formatting import format_duration_range
from igny8.models import Content, RunItem, RunSettings
from igny8.models.base import Executor
from igny8.models.gate import FOR_APPROVAL
from igny8.models.run import HUMAN_WAITS
from igny8.progress.snapshot.times import iso_time
from igny8.stages import get_stage, next_stage
from igny8.stages.base import input_unit, output_unit
from igny8.stages.units import count_of

content, item = Content.__table__, RunItem.__table__
PACE_DECISIONS = 20  # the pace of reading is measured over the last decisions
PACE_DAYS = 14
DECIDES = "an editor or administrator of the site"
READS = "a reviewer or administrator of the site"


def waiting_for_people(
    tx: Connection, run: Row[Any], stages: Sequence[Row[Any]], unread: int
) -> dict[str, Any] | None:
    """Return what a run (its row) waits for; None unless it waits for people.

    `kind` is approval, first or reading; `count` and `unit` are what waits, `held` is the number of
    held items, `stage` the stage of the subjects to decide about. `unread` is the number of
    articles that wait for review.
    """
    if run.state != "blocked" or run.block_kind not in HUMAN_WAITS:
        return None
    settings, held = RunSettings.from_json(run.settings), stages[run.current_stage - 1].held
    number, unit = run.current_stage, input_unit(get_stage(run.current_stage), settings)
    count = held
    if run.block_kind == "first":
        unit = output_unit(get_stage(number), settings)
        count = stages[number - 1].made
        number = next_stage(number, settings) or number
    elif run.block_kind == "reading":
        unit, count = output_unit(get_stage(4), settings), unread
    is_reading = run.block_kind == "reading"
    return {
        "kind": run.block_kind,
        "stage": number,
        "count": count,
        "unit": unit,
        "held": held,
        "since": iso_time(run.blocked_at),
        "who": READS if is_reading else DECIDES,
        "text": run.status_reason or "",
        "through": reading_time(tx, run.site_id, unread) if is_reading else None,
    }


def undecided(tx: Executor, run: Row[Any]) -> dict[str, Any] | None:
    """Return, like waiting_for_people, the items that a running run holds for approval."""
    held = select(func.count()).where(
        item.c.run_id == run.id,
        item.c.stage == run.current_stage,
        item.c.state == "queued",
        item.c.held == FOR_APPROVAL,
    )
    count = tx.execute(held).scalar_one()
    if not count:
        return None
    unit = input_unit(get_stage(run.current_stage), RunSettings.from_json(run.settings))
    return {
        "kind": "approval",
        "stage": run.current_stage,
        "count": count,
        "unit": unit,
        "held": count,
        "since": None,
        "who": DECIDES,
        "text": f"{count_of(count, unit)} to be decided about.",
        "through": None,
    }


def reading_time(tx: Connection, site_id: int, unread: int) -> str | None:
    """Return how long people need to review so many articles at their current pace.

    None if nobody has reviewed at least two of them recently.
    """
    since = clock.now() - timedelta(days=PACE_DAYS)
    decided = select(content.c.decided_at).where(
        content.c.site_id == site_id, content.c.decided_at >= since
    )
    newest = decided.order_by(content.c.decided_at.desc()).limit(PACE_DECISIONS)
    times = list(tx.execute(newest).scalars())
    if len(times) < 2 or not unread:
        return None
    seconds = (clock.now() - times[-1]).total_seconds() / len(times) * unread
    return format_duration_range(seconds, seconds)
