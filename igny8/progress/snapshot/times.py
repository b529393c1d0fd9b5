"""Times, durations and the time left in a snapshot."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from igny8 import clock
from igny8.formatting import format_duration_range

NO_ESTIMATE: dict[str, Any] = {
    "estimated_remaining_time": None,
    "eta_seconds": None,
    "longer_than_usual": False,
}


def iso_time(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601 with seconds; None for None."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def active_seconds(row: Row[Any]) -> float:
    """Return the active seconds of a run or a stage (its row) until now."""
    current = (clock.now() - row.active_since).total_seconds() if row.active_since else 0.0
    return float(row.active_seconds + max(0.0, current))


def time_left(run: Row[Any], status: str, duration: float) -> dict[str, Any]:
    """Return {estimated_remaining_time, eta_seconds, longer_than_usual} of a run (its row).

    `status` is its display status, `duration` its active time in seconds. No time is given while
    the run does not advance.
    """
    if status not in ("queued", "running"):
        return NO_ESTIMATE
    if run.eta_at is None:
        return NO_ESTIMATE | {"estimated_remaining_time": "estimating…"}
    elapsed = max(0.0, duration - run.eta_at)
    if elapsed > run.eta_high:
        return NO_ESTIMATE | {
            "estimated_remaining_time": "longer than usual",
            "longer_than_usual": True,
        }
    bounds = {"low": run.eta_low, "mid": run.eta_mid, "high": run.eta_high}
    total_at_least = duration + run.eta_low - elapsed
    predicted = run.predicted_high or total_at_least
    return {
        "estimated_remaining_time": format_duration_range(run.eta_low, run.eta_high),
        "eta_seconds": {name: round(max(0.0, s - elapsed)) for name, s in bounds.items()},
        "longer_than_usual": bool(run.history) and total_at_least > predicted,
    }
