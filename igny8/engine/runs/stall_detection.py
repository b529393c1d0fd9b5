"""Log once when runs stall because no worker is running, and once when they continue.

The page derives "stalled" from the heartbeats and writes nothing. The event is written by the
recovery sweep of a process without slots (each web process), or afterwards by the next worker that
starts. Both lock the run and compare `stalled_at`, so each change is logged once. The clocks of a
stalled run are stopped: the time counts neither as duration nor for the forecast.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select, update

from igny8 import clock
from igny8.engine.notifications import events
from igny8.engine.runs.active_time import start_clocks, stop_clocks
from igny8.extensions import read_transaction, write_transaction
from igny8.models import OPEN, Run, RunEvent, Worker
from igny8.models.worker import LOST_AFTER_S

run, worker = Run.__table__, Worker.__table__
MAX_WORKERS_COMPARED = 200
IS_GOING = (
    run.c.state.in_(("queued", "running"))
    & (run.c.desired_state == "go")
    & run.c.block_kind.is_(None)
    & run.c.stalled_at.is_(None)
)
# unit in seconds, its name, and up to which duration in seconds it is used
DURATION_UNITS = ((1, "s", 120), (60, "min", 7200), (3600, "h", 172_800))


class StallDetector:
    """Detects missing heartbeats with this process's monotonic clock: wall clocks may differ."""

    def __init__(self) -> None:
        self._seen: Sequence[Row] | None = None
        self._since = 0.0

    def check(self) -> bool:
        """Record a stall after LOST_AFTER_S without heartbeat; return whether anything changed."""
        query = select(worker.c.id, worker.c.last_seen).where(worker.c.stopped_at.is_(None))
        with read_transaction() as tx:
            latest = query.order_by(worker.c.id.desc()).limit(MAX_WORKERS_COMPARED)
            seen = tx.execute(latest).all()
        if seen != self._seen:
            self._seen, self._since = seen, clock.monotonic()
            return False
        if clock.monotonic() - self._since < LOST_AFTER_S:
            return False
        return _record_stalls()


def record_past_stall() -> bool:
    """When a worker starts, record a stall that no process noticed; return if there was one.

    A process cannot measure the time before its start, so the wall clock is used here.
    """
    oldest = clock.now() - timedelta(seconds=LOST_AFTER_S)
    query = select(worker.c.id).where(worker.c.stopped_at.is_(None), worker.c.last_seen >= oldest)
    with read_transaction() as tx:
        alive = tx.execute(query.limit(1)).first()
    return alive is None and _record_stalls(min_seconds=LOST_AFTER_S)


def end_stalls() -> bool:
    """Let stalled runs continue, in a worker with a healthy heartbeat; return whether any did."""
    query = select(run.c.id).where(run.c.state.in_(OPEN), run.c.stalled_at.is_not(None))
    with read_transaction() as tx:
        stalled = tx.execute(query).scalars().all()
    ended = [_end_stall(run_id) for run_id in stalled]
    return any(ended)


def _record_stalls(min_seconds: float = 0.0) -> bool:
    with read_transaction() as tx:
        last_seen = tx.execute(select(func.max(worker.c.last_seen))).scalar()
        going = tx.execute(select(run.c.id).where(IS_GOING)).scalars().all()
    recorded = [_record_stall(run_id, last_seen, min_seconds) for run_id in going]
    return any(recorded)


def _record_stall(run_id: int, last_seen: datetime | None, min_seconds: float) -> bool:
    """Stop the clocks of a run as of the last heartbeat and log that it stalled."""
    now = clock.now()
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if row is None or not _is_going(row):
            return False
        since = max(last_seen or row.created_at, row.active_since or row.created_at)
        since = min(now, since)
        if (now - since).total_seconds() < min_seconds:
            return False
        stopped = stop_clocks(tx, row, since) | {"stalled_at": since}
        version = run.c.version + 1
        tx.execute(update(run).where(run.c.id == run_id).values(version=version, **stopped))
        RunEvent.log(
            tx,
            run_id,
            "stalled",
            f"Run #{row.number} stalled: no worker is running",
            level="warning",
            stage=row.current_stage,
            at=since if min_seconds else None,
        )
        events.run_stalled(tx, row)
    return True


def _is_going(row: Row) -> bool:
    """Return whether a locked run only lacks a worker and has no recorded stall (IS_GOING)."""
    return (
        row.state in ("queued", "running")
        and row.desired_state == "go"
        and row.block_kind is None
        and row.stalled_at is None
    )


def _end_stall(run_id: int) -> bool:
    is_stalled = run.c.state.in_(OPEN) & run.c.stalled_at.is_not(None)
    values = {"stalled_at": None, "version": run.c.version + 1}
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if row is None:
            return False
        changed = tx.execute(update(run).where(run.c.id == run_id, is_stalled).values(**values))
        if changed.rowcount == 0:
            return False
        if row.state == "running":
            start_clocks(tx, row)
        duration = _format_duration((clock.now() - row.stalled_at).total_seconds())
        message = f"Run #{row.number} continues: a worker is running again after {duration}"
        RunEvent.log(tx, run_id, "recovered", message, stage=row.current_stage)
    return True


def _format_duration(seconds: float) -> str:
    """Return 45 as "45 s", 240 as "4 min", 7300 as "2 h"."""
    for size, unit, limit in DURATION_UNITS:
        if seconds < limit:
            return f"{max(0, seconds) / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
