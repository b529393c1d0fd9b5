"""The snapshot of one run, from its row, the rows of its stages and a few lines."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from igny8.forecast import Rate, expected_arrivals, open_bar_parts, percentage
from igny8.formatting import format_duration_range
from igny8.models import ENDED, ENDED_WELL, OPEN, Run, RunSettings
from igny8.models.run import HUMAN_WAITS
from igny8.progress.labels import display_status, notice, status_label
from igny8.progress.snapshot.stages import (
    current_work,
    planning_progress,
    shown_percentage,
    stage_entry,
    upcoming_work,
)
from igny8.progress.snapshot.tags import open_run_tag, poll_seconds
from igny8.progress.snapshot.times import active_seconds, iso_time, time_left
from igny8.stages.learned_rates import run_rates

Rows = Sequence[Row[Any]]
MIN_CAP_RAISE = 100  # credits that the page offers to raise the cap by, at least
CAP_RAISE_SHARE = 0.25
CREDITS_PER_CENT = 100


def run_snapshot(
    run: Row[Any],
    rows: Rows,
    lines: Rows,
    head: Row[Any],
    runs: Rows,
    waiting: dict[str, Any] | None = None,
    spending: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the snapshot of a run; `rows` are its stages, `runs` the newest runs of its site.

    `waiting` is what the run waits for from people (waiting_for_people). `head` is a row with the
    columns of the site (queries.SITE_QUERY), `spending` the run's money (spending.run_money).
    """
    slots, status = head.slots, display_status(run, head.slots)
    rates = run_rates(RunSettings.from_json(run.settings), run.history, rows)
    expected = _expected_items(run, rows, rates)
    open_parts = _open_parts(run, rows, rates)
    stages = _stages(run, status, head.review_waiting, rows, lines, expected, open_parts)
    current = stages[run.current_stage - 1]
    duration, upcoming = active_seconds(run), upcoming_work(stages, current)
    parent = next((row.number for row in runs if row.id == run.parent_id), None)
    known = sum(row.input for row in rows)
    return {
        "version": run.version,
        "tag": open_run_tag(run.id, run.version, slots),
        "poll_seconds": poll_seconds(run, current["progress_percentage"]),
        "run": _run_facts(run, rows, status)
        | {
            "parent_number": parent,
            "waiting": waiting,
            "upcoming": upcoming,
            "took_seconds": round(duration),
            "made": [
                {
                    "count": stage["output_count"],
                    "unit": stage["output_unit"],
                    "stage": stage["number"],
                }
                for stage in stages
                if stage["output_count"]
            ],
        },
        "global_progress": {
            "total_items": known + sum(expected),
            "known_items": known,
            "expected_items": sum(expected),
            "completed_items": sum(row.done + row.failed + row.skipped for row in rows),
            "failed_items": sum(row.failed for row in rows),
            "percentage": percentage(run.bar_remaining, run.state in ENDED_WELL),
            **time_left(run, status, duration),
        },
        "stages": stages,
        "metrics": _metrics(run, rows, lines, duration) | {"spending": spending},
        "activity": _activity(lines),
        "notice": notice(run, status, slots, current_work(current), upcoming),
        "idle": None,
    }


def _run_facts(run: Row[Any], rows: Rows, status: str) -> dict[str, Any]:
    """Return the displayed facts of the run itself."""
    percent = percentage(run.bar_remaining, run.state in ENDED_WELL)
    predicted = format_duration_range(run.predicted_low or 0, run.predicted_high or 0)
    return {
        "run_id": run.public_id,
        "site_id": run.site_id,
        "number": run.number,
        "status": status,
        "state": run.state,
        "label": status_label(run, status, percent, sum(row.failed for row in rows)),
        "status_reason": run.status_reason,
        "blocked": _blocked(run),
        "raise_by": _proposed_raise(run.credits_cap or 0),
        "current_stage": run.current_stage,
        "open": run.state in OPEN,
        "trigger": run.trigger,
        "started_by": run.started_by,
        "started_at": iso_time(run.started_at or run.created_at),
        "finished_at": iso_time(run.finished_at),
        "predicted": None if run.state == "nothing_to_do" else predicted,
        "can": _allowed_actions(run, rows),
        "initial_snapshot": run.initial_snapshot,
    }


def _stages(
    run: Row[Any],
    status: str,
    review_waiting: int,
    rows: Rows,
    lines: Rows,
    expected: list[int],
    open_parts: list[float],
) -> list[dict[str, Any]]:
    """Return the entries of all stages."""
    settings = RunSettings.from_json(run.settings)
    entries = [
        stage_entry(row, run, status, review_waiting, settings, count, part, lines)
        for row, count, part in zip(rows, expected, open_parts, strict=True)
    ]
    current = entries[run.current_stage - 1]
    share_done = rows[run.current_stage - 1].planning_progress
    current["whole"] = planning_progress(run, current, share_done)
    current["shown_percentage"] = shown_percentage(current, share_done)
    return entries


def _expected_items(run: Row[Any], rows: Rows, rates: list[Rate]) -> list[int]:
    """Return the number of items that are expected to arrive in each stage."""
    remaining = [row.queued + row.active for row in rows]
    arrivals = expected_arrivals(rates, remaining, _finished_stages(run, rows, ENDED))
    return [
        0 if row.status == "skipped" else round(count)
        for row, count in zip(rows, arrivals, strict=True)
    ]


def _open_parts(run: Row[Any], rows: Rows, rates: list[Rate]) -> list[float]:
    """Return each stage's part of the remaining bar, including what a cancelled run left undone."""
    undone = [row.queued + row.active + row.cancelled for row in rows]
    arrivals = expected_arrivals(rates, undone, _finished_stages(run, rows, ENDED_WELL))
    return open_bar_parts(run.bar_remaining, rates, undone, arrivals)


def _finished_stages(run: Row[Any], rows: Rows, ended_states: tuple[str, ...]) -> list[bool]:
    """Return per stage whether it has no more output; all True in `ended_states`."""
    return [
        run.state in ended_states
        or (row.number < run.current_stage and row.status in ("completed", "skipped", "cancelled"))
        for row in rows
    ]


def _metrics(run: Row[Any], rows: Rows, lines: Rows, duration: float) -> dict[str, Any]:
    return {
        "credits_used": run.credits_used,
        "credits_cap": run.credits_cap,
        "money": sum(row.money for row in rows),
        "predicted_credits": _predicted_credits(run),
        "requests": sum(row.requests for row in rows),
        "repeats": sum(row.repeats for row in rows),
        "tokens": sum(row.tokens_in + row.tokens_out for row in rows),
        "duration_seconds": round(duration),
        "errors": [line.text for line in lines if line.part == "event" and line.level == "error"],
    }


def _proposed_raise(cap: int) -> int:
    """Return the credits by which the page offers to raise a cap, in whole cents."""
    cents = -(-round(CAP_RAISE_SHARE * cap) // CREDITS_PER_CENT)
    return max(MIN_CAP_RAISE, cents * CREDITS_PER_CENT)


def _activity(lines: Rows) -> list[dict[str, Any]]:
    """Return the last events, newest first."""
    events = [line for line in lines if line.part == "event"]
    return [
        {
            "at": iso_time(line.at),
            "level": line.level,
            "kind": line.kind,
            "stage": line.stage,
            "message": line.text,
            "item_id": line.subject_id,
            "credits": line.credits,
        }
        for line in sorted(events, key=lambda line: -line.id)
    ]


def _allowed_actions(run: Row[Any], rows: Rows) -> dict[str, bool]:
    """Return for each action whether it would take effect now."""
    is_open = run.state in OPEN
    is_controllable = is_open and run.desired_state != "cancel"
    is_held = (
        run.desired_state == "pause"
        or run.state == "paused"
        or (run.state == "blocked" and run.block_kind not in HUMAN_WAITS)
    )
    is_capped = Run.is_blocked_by_own_cap(run) and run.desired_state == "go"
    has_failed = any(row.failed for row in rows) and run.pruned_at is None
    return {
        "pause": is_open and run.desired_state == "go" and run.state in ("queued", "running"),
        "resume": is_controllable and is_held and not is_capped,
        "cancel": is_controllable,
        "retry": has_failed and (not is_open or (is_controllable and run.rewind_to_stage is None)),
        "run": not is_open,
        "dismiss": not is_open and not run.dismissed,
    }


def _blocked(run: Row[Any]) -> dict[str, Any] | None:
    """Return {kind, since, until} of a blocked run; `until` is when it resumes automatically."""
    if run.state != "blocked" or run.block_kind in HUMAN_WAITS:
        return None
    until = None if run.block_until is None else datetime.fromtimestamp(run.block_until, UTC)
    return {"kind": run.block_kind, "since": iso_time(run.blocked_at), "until": iso_time(until)}


def _predicted_credits(run: Row[Any]) -> dict[str, int] | None:
    """Return the range of credits predicted at the start of the run; None without costs."""
    if not run.predicted_credits_high:
        return None
    return {"low": round(run.predicted_credits_low), "high": round(run.predicted_credits_high)}
