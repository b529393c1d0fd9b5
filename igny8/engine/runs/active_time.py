"""How long runs and stages were at work: clocks that stand still while a run is paused or blocked."""

from sqlalchemy import func, select, update

from igny8 import clock
from igny8.models import Run, RunStage

run, run_stage = Run.__table__, RunStage.__table__


def start_clocks(tx, row) -> None:
    """Let the time of a run and of the stage it is in count from now on."""
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


def stop_clocks(tx, row, now) -> dict:
    """Add the open spans of the run's stages to their seconds; return the run's own new values.

    A run whose clocks stand has no stall of its own any more.
    """
    ticking = select(run_stage).where(
        run_stage.c.run_id == row.id, run_stage.c.active_since.is_not(None)
    )
    for s in tx.execute(ticking).all():
        tx.execute(
            update(run_stage)
            .where(run_stage.c.run_id == row.id, run_stage.c.number == s.number)
            .values(active_seconds=elapsed(s, now), active_since=None)
        )
    return {
        "active_seconds": elapsed(row, now),
        "active_since": None,
        "stalled_at": None,
        "eta_low": None,
        "eta_mid": None,
        "eta_high": None,
        "eta_at": None,
    }


def elapsed(row, now) -> float:
    """Return the active seconds of a run or stage row up to now."""
    open_span = (now - row.active_since).total_seconds() if row.active_since else 0.0
    return row.active_seconds + max(0.0, open_span)
