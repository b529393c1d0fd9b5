"""Measure the active time of runs and stages: the time that is not paused or blocked."""

from datetime import datetime

from sqlalchemy import Connection, Row, func, select, update

from igny8 import clock
from igny8.models import Run, RunStage

run, run_stage = Run.__table__, RunStage.__table__
CLEARED_ETA = dict.fromkeys(("eta_low", "eta_mid", "eta_high", "eta_at"))


def start_clocks(tx: Connection, row: Row) -> None:
    """Start counting the active time of a run and of its current stage."""
    now = clock.now()
    tx.execute(
        update(run)
        .where(run.c.id == row.id)
        .values(
            active_since=func.coalesce(run.c.active_since, now),
            started_at=func.coalesce(run.c.started_at, now),
        )
    )
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == row.current_stage)
        .values(active_since=func.coalesce(run_stage.c.active_since, now))
    )


def stop_clocks(tx: Connection, row: Row, now: datetime) -> dict:
    """Add the time since the clocks started to the run's stages; return new values of the run.

    A run whose clock is stopped is no longer stalled.
    """
    query = select(run_stage).where(
        run_stage.c.run_id == row.id, run_stage.c.active_since.is_not(None)
    )
    for stage in tx.execute(query).all():
        tx.execute(
            update(run_stage)
            .where(run_stage.c.run_id == row.id, run_stage.c.number == stage.number)
            .values(active_seconds=elapsed(stage, now), active_since=None)
        )
    active_seconds = elapsed(row, now)
    stopped = {"active_seconds": active_seconds, "active_since": None, "stalled_at": None}
    return stopped | CLEARED_ETA


def elapsed(row: Row, now: datetime) -> float:
    """Return the active time of a run or stage (a row) until now, in seconds."""
    open_span = (now - row.active_since).total_seconds() if row.active_since else 0.0
    return row.active_seconds + max(0.0, open_span)
