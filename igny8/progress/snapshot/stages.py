"""The entry of one stage in a snapshot, and its current work."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from igny8 import clock
from igny8.formatting import pluralize
from igny8.models import RunSettings
from igny8.progress.labels import badge, shown_stage_status, stage_status
from igny8.progress.snapshot.queries import MAX_ACTIVE_ITEMS
from igny8.progress.snapshot.times import active_seconds
from igny8.stages import STAGES, StageModule
from igny8.stages.base import input_unit, output_unit
from igny8.stages.units import count_of

COUNTS = (
    *("input_count", "expected_count", "processed_count", "done_count", "failed_count"),
    *("skipped_count", "cancelled_count", "queued_count", "active_count", "remaining_count"),
    *("output_count", "money", "requests", "repeats", "tokens", "progress_percentage"),
    *("credits_used", "duration_seconds", "more_active", "more_queued", "waiting", "would_make"),
    "expected_in_run",
)


def empty_stage(stage_module: StageModule) -> dict[str, Any]:
    """Return the entry of a stage without work: all keys, all counts 0."""
    return {
        "number": stage_module.NUMBER,
        "key": stage_module.KEY,
        "name": stage_module.NAME,
        "short": stage_module.SHORT_NAME,
        "verb": stage_module.ACTIVITY,
        "reason": None,
        "shown_percentage": 0,
        **dict.fromkeys(COUNTS, 0),
        "result": dict.fromkeys(stage_module.RESULT_KEYS, 0),
        "bar": {"filled": 0.0, "open": 0.0},
        "currently_processing": [],
        "up_next": [],
        "whole": None,
    }


def stage_entry(
    row: Row[Any],
    run: Row[Any],
    status: str,
    review_waiting: int,
    settings: RunSettings,
    expected: int,
    open_part: float,
    lines: Sequence[Row[Any]],
) -> dict[str, Any]:
    """Return the entry of a stage (its row) of a run; `open_part` is its open part of the bar.

    `status` is the display status of the run, `review_waiting` how many articles wait for people.
    """
    stage_module = STAGES[row.number - 1]
    is_current = row.number == run.current_stage
    processed = row.done + row.failed + row.skipped
    up_next = [line for line in lines if line.part == "next"] if is_current else []
    shown = shown_stage_status(row, run, status, review_waiting)
    return empty_stage(stage_module) | {
        "status": stage_status(row, shown),
        "shown_status": shown,
        "badge": badge(shown, row.failed, row.done),
        "reason": row.status_reason,
        "input_count": row.input,
        "expected_count": expected,
        "processed_count": processed,
        "done_count": row.done,
        "failed_count": row.failed,
        "skipped_count": row.skipped,
        "cancelled_count": row.cancelled,
        "queued_count": row.queued,
        "active_count": row.active,
        "remaining_count": row.queued + row.active,
        "output_count": row.made,
        "output_unit": output_unit(stage_module, settings),
        "input_unit": input_unit(stage_module, settings),
        "engine": row.provider,
        "money": row.money,
        "requests": row.requests,
        "repeats": row.repeats,
        "tokens": row.tokens_in + row.tokens_out,
        "progress_percentage": _percentage(row, processed, expected),
        "credits_used": row.credits,
        "duration_seconds": round(active_seconds(row)),
        "result": dict(zip(stage_module.RESULT_KEYS, (processed, row.made), strict=True)),
        "bar": {"filled": row.filled, "open": open_part},
        "currently_processing": _active_items(row.number, lines),
        "more_active": max(0, row.active - MAX_ACTIVE_ITEMS),
        "shown_percentage": _percentage(row, processed, expected),
        "up_next": [
            {"id": line.subject_id, "item_id": line.id, "title": line.text} for line in up_next
        ],
        "more_queued": max(0, row.queued - len(up_next)) if is_current else 0,
    }


def _percentage(row: Row[Any], processed: int, expected: int) -> int:
    if row.status in ("completed", "skipped"):
        return 100
    total = row.input + expected
    return min(99, 100 * processed // total) if total else 0


def _active_items(number: int, lines: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    now = clock.now().timestamp()
    return [
        {
            "id": line.subject_id,
            "item_id": line.id,
            "title": line.text,
            "since_seconds": max(0, round(now - line.since)),
        }
        for line in lines
        if line.part == "active" and line.stage == number
    ]


def planning_progress(
    run: Row[Any], stage: dict[str, Any], share_done: float
) -> dict[str, Any] | None:
    """Return {title, percent, since_seconds} while one computation runs for all items of a stage.

    `stage` is the stage's entry, `share_done` the completed share of the computation. None if the
    stage has no such computation, or it is over.
    """
    stage_module = STAGES[stage["number"] - 1]
    if not stage_module.PLANS_WHOLE_STAGE or not stage["active_count"] or run.has_plan:
        return None
    items = pluralize(stage["remaining_count"], stage["input_unit"])
    return {
        "title": f"{stage_module.ACTIVITY.capitalize()} all {items}",
        "percent": int(100 * share_done / stage_module.PLANNING_SHARE + 1e-6),
        "since_seconds": max(
            (item["since_seconds"] for item in stage["currently_processing"]), default=0
        ),
    }


def shown_percentage(stage: dict[str, Any], share_done: float) -> int:
    """Return the displayed percentage of the current stage (its entry).

    If one computation precedes the items, it counts for its share of the work (`share_done` so far)
    and the items for the rest; otherwise this is the share of finished items.
    """
    processed, total = stage["processed_count"], stage["input_count"]
    if not share_done or not total or stage["progress_percentage"] == 100:
        return int(stage["progress_percentage"])
    share = share_done + (1 - share_done) * processed / total
    return min(99, int(100 * share + 1e-6))


def upcoming_work(stages: Sequence[dict[str, Any]], current: dict[str, Any]) -> str | None:
    """Return what a run takes next, as a count with its unit: "84 ideas", "about 84 articles"."""
    for stage in stages[current["number"] - 1 :]:
        known, expected = stage["queued_count"], stage["expected_count"]
        if known + expected:
            about = "about " if expected else ""
            return about + count_of(known + expected, stage["input_unit"])
    return None


def current_work(stage: dict[str, Any]) -> str | None:
    """Return the current work of a stage (its entry) in a few words; None without any."""
    if stage["whole"]:
        count, first = stage["remaining_count"], stage["active_count"]
        grouping = f"the grouping of {pluralize(count, stage['input_unit'])}"
        return grouping if first >= count else f"{grouping}, then sorting in the first {first:,}"
    if not stage["currently_processing"]:
        return None
    title, more = stage["currently_processing"][0]["title"], stage["active_count"] - 1
    return f"“{title}” and {more:,} more" if more else f"“{title}”"
