"""P8: the heartbeat of this process, and the rescue of what others left behind."""

import logging
import os
import threading

from sqlalchemy import func, insert, select, update

from igny8 import clock
from igny8.engine.process_identity import host_id, is_alive, start_time
from igny8.engine.runs import stall_detection
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work.claims import load_run_settings
from igny8.engine.work.settle import ClaimLost, count_requeued, free, settle_claim
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, terminate_stalled_connections, write_transaction
from igny8.models import Run, RunEvent, RunItem, Worker
from igny8.models.worker import HEARTBEAT_INTERVAL_S, clock_skew
from igny8.stages.base import Batch, Item

run, item, worker = Run.__table__, RunItem.__table__, Worker.__table__
STALE_AFTER_S = 30.0
MAX_CRASHES = 3
log = logging.getLogger(__name__)


class Heartbeat:
    """The pulse of one process: it beats for the claims that are held, and watches those of others.

    `slots` is how many items this process works on at once; 0 for a process that only watches.
    """

    def __init__(self, slots: int, version: str):
        self.slots, self.version = slots, version
        self.worker_id: int | None = None
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, float]] = {}
        self._last_beat = clock.monotonic()
        self._watch = stall_detection.StallDetector()

    def start(self) -> None:
        """Enter this process among the workers and revive what dead processes of this host held."""
        if self.slots:
            stall_detection.record_past_stall()
            with write_transaction() as tx:
                self.worker_id = tx.execute(
                    insert(worker)
                    .values(
                        host=host_id(),
                        pid=os.getpid(),
                        process_started_at=start_time(),
                        slots=self.slots,
                        version=self.version,
                    )
                    .returning(worker.c.id)
                ).scalar_one()
        requeue_dead_workers()

    def track_claim(self, token: str) -> None:
        """Beat for this claim from now on."""
        with self._lock:
            self._held.add(token)

    def untrack_claim(self, token: str) -> None:
        """Stop beating for this claim: it is settled, or lost to the sweep."""
        with self._lock:
            self._held.discard(token)

    @property
    def is_healthy(self) -> bool:
        """Return whether the last beats reached the database: without them no item may be taken."""
        return clock.monotonic() - self._last_beat < 3 * HEARTBEAT_INTERVAL_S

    def send(self) -> None:
        """Tell the database that this process and its claims are alive."""
        with self._lock:
            held = sorted(self._held)
        with write_transaction() as tx:
            if self.worker_id is not None:
                tx.execute(
                    update(worker)
                    .where(worker.c.id == self.worker_id)
                    .values(
                        last_seen=clock.now(),
                        stopped_at=None,
                        killed=None,
                        skew=clock_skew(tx.dialect.name, clock.now().timestamp()),
                    )
                )
            if held:
                # a row that is locked is being settled or given back just now: it needs no beat
                mine = (
                    select(item.c.id)
                    .where(item.c.token.in_(held), item.c.state == "active")
                    .with_for_update(skip_locked=True)
                )
                tx.execute(
                    update(item)
                    .where(item.c.id.in_(mine))
                    .values(heartbeat_count=item.c.heartbeat_count + 1)
                )
        self._last_beat = clock.monotonic()
        if terminate_stalled_connections():  # here, for the sweep may be one of those who wait
            log.warning("a worker that fell silent in mid-statement was cut off from the database")

    def sweep(self) -> bool:
        """Give back what stands still, move every open run on; return whether anything changed.

        A claim stands still when its (token, beat) did not change for 30 s of this process's own
        monotonic clock.
        """
        now = clock.monotonic()
        with read_transaction() as tx:
            active = tx.execute(
                select(item.c.token, func.max(item.c.heartbeat_count))
                .where(item.c.state == "active")
                .group_by(item.c.token)
            ).all()
        seen = {}
        for token, beat in active:
            known = self._seen.get(token)
            seen[token] = known if known is not None and known[0] == beat else (beat, now)
        self._seen = seen
        changed = False
        for token, (beat, since) in seen.items():
            if now - since > STALE_AFTER_S:
                changed |= requeue(token, beat, "its worker did not answer for 30 s") > 0
        changed |= requeue_dead_workers() > 0
        for run_id in advanceable_runs():
            changed |= advance(run_id)
        if not self.slots:
            changed |= self._watch.look()
        elif self.is_healthy:
            changed |= stall_detection.end_stalls()
        return changed

    def stop(self) -> None:
        """Sign off, so that nobody waits for this process."""
        if self.worker_id is not None:
            with write_transaction() as tx:
                tx.execute(
                    update(worker)
                    .where(worker.c.id == self.worker_id)
                    .values(stopped_at=clock.now())
                )


def requeue_dead_workers() -> int:
    """Give back at once what dead processes of this host held; return how many items."""
    with read_transaction() as tx:
        rows = tx.execute(
            select(worker).where(worker.c.host == host_id(), worker.c.stopped_at.is_(None))
        ).all()
        dead = [row.id for row in rows if not is_alive(row.pid, row.process_started_at)]
        claims = tx.execute(
            select(item.c.token, func.max(item.c.heartbeat_count))
            .where(item.c.state == "active", item.c.worker_id.in_(dead))
            .group_by(item.c.token)
        ).all()
    given = sum(requeue(token, beat, "its worker was killed") for token, beat in claims)
    if dead:
        with write_transaction() as tx:
            tx.execute(
                update(worker)
                .where(worker.c.id.in_(dead), worker.c.stopped_at.is_(None))
                .values(stopped_at=clock.now(), killed=True)
            )
    return given


def release_all() -> int:
    """Give back unharmed all that was in work, and sign off all workers; return how many items.

    For a database that nobody works on: one that was restored holds the claims of the moment it was copied.
    """
    with read_transaction() as tx:
        claims = tx.execute(
            select(item.c.run_id, item.c.stage, item.c.token)
            .where(item.c.state == "active")
            .distinct()
        ).all()
    given = sum(free(*claim) for claim in claims)
    with write_transaction() as tx:
        tx.execute(
            update(worker).where(worker.c.stopped_at.is_(None)).values(stopped_at=clock.now())
        )
    return given


def requeue(token: str, beat: int, why: str) -> int:
    """Queue the items of a dead claim again, `crashes` + 1; return how many, 0 if it lives after all.

    An item that crashed its worker before runs alone; at its third crash it fails.
    """
    poison = None
    still = (item.c.token == token) & (item.c.state == "active") & (item.c.heartbeat_count == beat)
    with write_transaction() as tx:
        run_id = tx.execute(select(item.c.run_id).where(still).limit(1)).scalar()
        rows = (
            tx.execute(select(item).where(still)).all() if Run.lock(tx, run_id) is not None else ()
        )
        if not rows:
            return 0
        number = rows[0].stage
        if rows[0].crashes + 1 >= MAX_CRASHES:
            its = tx.execute(
                select(run.c.site_id, run.c.settings_version).where(run.c.id == run_id)
            ).one()
            poison = Batch(
                run_id,
                its.site_id,
                number,
                token,
                load_run_settings(tx, run_id, its.settings_version),
                tuple(Item(r.id, r.subject_id, r.title, r.attempt, MAX_CRASHES) for r in rows),
            )
            tx.execute(update(item).where(still).values(crashes=MAX_CRASHES))
        else:
            given = tx.execute(
                update(item)
                .where(still)
                .values(
                    state="queued",
                    token=None,
                    retry_order=1,
                    crashes=item.c.crashes + 1,
                    started_at=None,
                )
            ).rowcount
            if given:  # else it beat in this very moment
                count_requeued(tx, run_id, number, given)
                RunEvent.log(
                    tx,
                    run_id,
                    "recovered",
                    f"{given} {'item' if given == 1 else 'items'} given back: {why}",
                    level="warning",
                    stage=number,
                )
    return given if poison is None else _quarantine(poison)


def _quarantine(batch: Batch) -> int:
    """Fail items that crashed their worker three times."""
    error = ExternalError(f"crashed its worker {MAX_CRASHES} times", kind="crash", permanent=True)
    try:
        settle_claim(batch, dict.fromkeys(batch.subject_ids, error), 0.0)
    except ClaimLost:
        return 0
    return len(batch.items)
