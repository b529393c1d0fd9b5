"""A run stands still because nobody is there who works: noted once when it begins, once when it is over.

The page derives "stalled" from the beats at each look; looking writes nothing, so it cannot be the one to note
it. What notes it is the sweep: that of a process that only watches (each web process) as it happens, else the
next worker that starts, afterwards. Both hold the run and look at `stalled_at`, so however many look, each change
is one event. While a run is stalled its clocks stand: the time is neither duration nor forecast.
"""

from datetime import timedelta

from sqlalchemy import func, select, update

from igny8 import clock
from igny8.engine.runs.active_time import start_clocks, stop_clocks
from igny8.extensions import read_transaction, write_transaction
from igny8.models import OPEN, Run, RunEvent, Worker
from igny8.models.worker import LOST_AFTER_S

run, worker = Run.__table__, Worker.__table__
MOST = 200
GOING = (
    run.c.state.in_(("queued", "running"))
    & (run.c.desired_state == "go")
    & run.c.block_kind.is_(None)
    & run.c.stalled_at.is_(None)
)


class StallDetector:
    """What one process saw of the workers' beats, by its own clock: wall clocks may jump and differ."""

    def __init__(self):
        self._seen, self._since = None, 0.0

    def look(self) -> bool:
        """Note a stall when no worker's beat has moved for three heartbeats; return whether anything changed."""
        with read_transaction() as tx:
            seen = tx.execute(
                select(worker.c.id, worker.c.last_seen)
                .where(worker.c.stopped_at.is_(None))
                .order_by(worker.c.id.desc())
                .limit(MOST)
            ).all()
        if seen != self._seen:
            self._seen, self._since = seen, clock.monotonic()
            return False
        if clock.monotonic() - self._since < LOST_AFTER_S:
            return False
        return _begin()


def record_past_stall() -> bool:
    """Note, as a worker that starts, the stall that nobody was there to see; return whether there was one.

    No process can measure a time in which it was not there, so here the wall clock has to do.
    """
    with read_transaction() as tx:
        lately = clock.now() - timedelta(seconds=LOST_AFTER_S)
        alive = tx.execute(
            select(worker.c.id)
            .where(worker.c.stopped_at.is_(None), worker.c.last_seen >= lately)
            .limit(1)
        ).first()
    return alive is None and _begin(longer_than=LOST_AFTER_S)


def end_stalls() -> bool:
    """Let stalled runs go on, as a worker whose beat is sound; return whether there were any."""
    with read_transaction() as tx:
        stalled = (
            tx.execute(select(run.c.id).where(run.c.state.in_(OPEN), run.c.stalled_at.is_not(None)))
            .scalars()
            .all()
        )
    return any([_end_one(run_id) for run_id in stalled])


def _begin(longer_than: float = 0.0) -> bool:
    with read_transaction() as tx:
        last = tx.execute(select(func.max(worker.c.last_seen))).scalar()
        going = tx.execute(select(run.c.id).where(GOING)).scalars().all()
    return any([_begin_one(run_id, last, longer_than) for run_id in going])


def _begin_one(run_id: int, last, longer_than: float) -> bool:
    now = clock.now()
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if row is None or not _is_going(row):
            return False
        since = min(now, max(last or row.created_at, row.active_since or row.created_at))
        if (now - since).total_seconds() < longer_than:
            return False
        tx.execute(
            update(run)
            .where(run.c.id == run_id)
            .values(
                stop_clocks(tx, row, since) | {"stalled_at": since, "version": run.c.version + 1}
            )
        )
        RunEvent.log(
            tx,
            run_id,
            "stalled",
            f"Run #{row.number} stands still: no worker is running",
            level="warning",
            stage=row.current_stage,
            at=since if longer_than else None,
        )
    return True


def _is_going(row) -> bool:
    """Return whether a run that is held would be worked on if there were a worker, and no stall is noted."""
    return (
        row.state in ("queued", "running")
        and row.desired_state == "go"
        and row.block_kind is None
        and row.stalled_at is None
    )


def _end_one(run_id: int) -> bool:
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if (
            row is None
            or tx.execute(
                update(run)
                .where(run.c.id == run_id, run.c.state.in_(OPEN), run.c.stalled_at.is_not(None))
                .values(stalled_at=None, version=run.c.version + 1)
            ).rowcount
            == 0
        ):
            return False
        if row.state == "running":
            start_clocks(tx, row)
        RunEvent.log(
            tx,
            run_id,
            "recovered",
            f"Run #{row.number} goes on: a worker is there again after "
            + _length((clock.now() - row.stalled_at).total_seconds()),
            stage=row.current_stage,
        )
    return True


def _length(seconds: float) -> str:
    """Return 45 as "45 s", 240 as "4 min", 7300 as "2 h"."""
    for size, unit, most in ((1, "s", 120), (60, "min", 7200), (3600, "h", 172_800)):
        if seconds < most:
            return f"{max(0, seconds) / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
