"""Requeue the claims of dead workers and advance every run that can advance.

Protocol: docs/engine.md#recovery.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from igny8 import clock
from igny8.engine.process_identity import host_id, is_alive
from igny8.engine.runs import stall_detection
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work.claims import load_run_settings
from igny8.engine.work.heartbeat import Heartbeat
from igny8.engine.work.item_updates import ClaimLost, count_requeued, release_claim
from igny8.engine.work.retry_backoff import MAX_CRASHES
from igny8.engine.work.settle import settle_claim
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Run, RunEvent, RunItem, Worker
from igny8.stages.base import Batch, Item

run, item, worker = Run.__table__, RunItem.__table__, Worker.__table__
STALE_AFTER_S = 30.0  # a claim without a heartbeat for this long is requeued


class Recovery:
    """Recovery sweep of one process; it remembers the heartbeats it saw and when."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self.heartbeat = heartbeat
        self._seen: dict[str, tuple[int, float]] = {}  # token → heartbeat count, first seen at
        self._stall_detector = stall_detection.StallDetector()

    def start(self) -> None:
        """Register this process and requeue the claims of dead processes on this host."""
        if self.heartbeat.slots:
            stall_detection.record_past_stall()
        self.heartbeat.register()
        requeue_dead_workers()

    def sweep(self) -> bool:
        """Requeue stale claims and advance open runs; return whether anything changed.

        A claim is stale when its heartbeat count did not change for STALE_AFTER_S seconds of this
        process's own monotonic clock.
        """
        changed = self._requeue_stale()
        changed |= requeue_dead_workers() > 0
        for run_id in advanceable_runs():
            changed |= advance(run_id)
        if not self.heartbeat.slots:
            changed |= self._stall_detector.check()
        elif self.heartbeat.is_healthy:
            changed |= stall_detection.end_stalls()
        return changed

    def _requeue_stale(self) -> bool:
        now = clock.monotonic()
        with read_transaction() as tx:
            active = _active_claims(tx)
        seen = {}
        for token, count in active:
            known = self._seen.get(token)
            seen[token] = known if known is not None and known[0] == count else (count, now)
        self._seen = seen
        reason = "its worker did not answer for 30 s"
        requeued = [
            requeue(token, count, reason)
            for token, (count, since) in seen.items()
            if now - since > STALE_AFTER_S
        ]
        return any(requeued)


def _active_claims(tx: Connection, worker_ids: Iterable[int] | None = None) -> Sequence[Row]:
    """Return (token, heartbeat count) of active claims, optionally of some workers only."""
    query = select(item.c.token, func.max(item.c.heartbeat_count)).where(item.c.state == "active")
    if worker_ids is not None:
        query = query.where(item.c.worker_id.in_(worker_ids))
    return tx.execute(query.group_by(item.c.token)).all()


def requeue_dead_workers() -> int:
    """Requeue at once the claims of dead processes on this host; return how many items."""
    is_unstopped = worker.c.stopped_at.is_(None)
    with read_transaction() as tx:
        rows = tx.execute(select(worker).where(worker.c.host == host_id(), is_unstopped)).all()
        dead = [row.id for row in rows if not is_alive(row.pid, row.process_started_at)]
        claims = _active_claims(tx, dead)
    requeued = sum(requeue(token, count, "its worker was killed") for token, count in claims)
    if dead:
        with write_transaction() as tx:
            tx.execute(
                update(worker)
                .where(worker.c.id.in_(dead), is_unstopped)
                .values(stopped_at=clock.now(), killed=True)
            )
    return requeued


def release_all() -> int:
    """Requeue all active items as untried and mark all workers as stopped; return how many items.

    For a database that no process uses: a restored backup contains the claims that were active when
    it was made.
    """
    query = select(item.c.run_id, item.c.stage, item.c.token).where(item.c.state == "active")
    with read_transaction() as tx:
        claims = tx.execute(query.distinct()).all()
    released = sum(release_claim(claim) for claim in claims)
    with write_transaction() as tx:
        tx.execute(
            update(worker).where(worker.c.stopped_at.is_(None)).values(stopped_at=clock.now())
        )
    return released


def requeue(token: str, heartbeat_count: int, reason: str) -> int:
    """Requeue the items of a dead claim and count the crash; return how many.

    Return 0 if a heartbeat arrived meanwhile. An item that crashed its worker before is processed
    alone from then on; at its third crash it fails.
    """
    is_unchanged = (
        (item.c.token == token)
        & (item.c.state == "active")
        & (item.c.heartbeat_count == heartbeat_count)
    )
    with write_transaction() as tx:
        run_id = tx.execute(select(item.c.run_id).where(is_unchanged).limit(1)).scalar()
        if run_id is None or Run.lock(tx, run_id) is None:
            return 0
        rows = tx.execute(select(item).where(is_unchanged)).all()
        if not rows:
            return 0
        if rows[0].crashes + 1 < MAX_CRASHES:
            return _requeue_items(tx, run_id, rows[0].stage, is_unchanged, reason)
        poison = _claim_of(tx, run_id, rows)
        tx.execute(update(item).where(is_unchanged).values(crashes=MAX_CRASHES))
    return _fail_poison_items(poison)


def _requeue_items(
    tx: Connection, run_id: int, stage: int, is_unchanged: ColumnElement[bool], reason: str
) -> int:
    values = {
        "state": "queued",
        "token": None,  # a column name, no password # nosec B105
        "retry_order": 1,
        "crashes": item.c.crashes + 1,
        "started_at": None,
    }
    count = tx.execute(update(item).where(is_unchanged).values(**values)).rowcount
    if count:  # otherwise a heartbeat arrived in this very moment
        count_requeued(tx, run_id, stage, count)
        message = f"{count} {'item' if count == 1 else 'items'} queued again: {reason}"
        RunEvent.log(tx, run_id, "recovered", message, level="warning", stage=stage)
    return count


def _claim_of(tx: Connection, run_id: int, rows: Sequence[Row]) -> Batch:
    """Return the claim of these item rows, as it was when its worker crashed."""
    its = tx.execute(select(run.c.site_id, run.c.settings_version).where(run.c.id == run_id)).one()
    settings = load_run_settings(tx, run_id, its.settings_version)
    items = tuple(Item(r.id, r.subject_id, r.title, r.attempt, MAX_CRASHES) for r in rows)
    return Batch(run_id, its.site_id, rows[0].stage, rows[0].token, settings, items)


def _fail_poison_items(batch: Batch) -> int:
    """Fail items that crashed their worker MAX_CRASHES times; return how many."""
    error = ExternalError(f"crashed its worker {MAX_CRASHES} times", kind="crash", permanent=True)
    try:
        settle_claim(batch, dict.fromkeys(batch.subject_ids, error), 0.0)
    except ClaimLost:
        return 0
    return len(batch.items)
