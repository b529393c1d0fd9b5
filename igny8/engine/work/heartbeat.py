"""Send the heartbeat of a process and of the claims it works on.

Protocol: docs/engine.md#heartbeat.
"""

import logging
import os
import threading

from sqlalchemy import Connection, insert, select, update

from igny8 import clock
from igny8.engine.process_identity import host_id, start_time
from igny8.extensions import terminate_stalled_connections, write_transaction
from igny8.models import RunItem, Worker
from igny8.models.worker import HEARTBEAT_INTERVAL_S, clock_skew

item, worker = RunItem.__table__, Worker.__table__
log = logging.getLogger(__name__)


class Heartbeat:
    """Heartbeat of one process and of the claims it works on.

    `slots` is how many claims the process works on at once; 0 for a process that claims none.
    """

    def __init__(self, slots: int, version: str) -> None:
        self.slots, self.version = slots, version
        self.worker_id: int | None = None
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._last_sent = clock.monotonic()

    def register(self) -> None:
        """Insert the worker row of this process; a process without slots has none."""
        if not self.slots:
            return
        values = {
            "host": host_id(),
            "pid": os.getpid(),
            "process_started_at": start_time(),
            "slots": self.slots,
            "version": self.version,
        }
        with write_transaction() as tx:
            inserted = tx.execute(insert(worker).values(**values).returning(worker.c.id))
            self.worker_id = inserted.scalar_one()

    def track_claim(self, token: str) -> None:
        """Include this claim in every heartbeat from now on."""
        with self._lock:
            self._tokens.add(token)

    def untrack_claim(self, token: str) -> None:
        """Remove a claim that was settled or requeued from the heartbeats."""
        with self._lock:
            self._tokens.discard(token)

    @property
    def is_healthy(self) -> bool:
        """Return whether recent heartbeats reached the database; if not, nothing may be claimed."""
        return clock.monotonic() - self._last_sent < 3 * HEARTBEAT_INTERVAL_S

    def send(self) -> None:
        """Write a heartbeat of this process and its claims to the database."""
        with self._lock:
            tokens = sorted(self._tokens)
        with write_transaction() as tx:
            if self.worker_id is not None:
                self._update_worker(tx)
            if tokens:
                # a locked row is being settled or requeued just now: it needs no heartbeat
                claimed = (
                    select(item.c.id)
                    .where(item.c.token.in_(tokens), item.c.state == "active")
                    .with_for_update(skip_locked=True)
                )
                count = item.c.heartbeat_count + 1
                tx.execute(update(item).where(item.c.id.in_(claimed)).values(heartbeat_count=count))
        self._last_sent = clock.monotonic()
        # here and not in the sweep, because the sweep may be waiting for such a connection
        if terminate_stalled_connections():
            log.warning("terminated the database connection of a stalled worker")

    def _update_worker(self, tx: Connection) -> None:
        skew = clock_skew(tx.dialect.name, clock.now().timestamp())
        values = {"last_seen": clock.now(), "stopped_at": None, "killed": None, "skew": skew}
        tx.execute(update(worker).where(worker.c.id == self.worker_id).values(**values))

    def stop(self) -> None:
        """Mark the worker row as stopped."""
        if self.worker_id is not None:
            own = update(worker).where(worker.c.id == self.worker_id)
            with write_transaction() as tx:
                tx.execute(own.values(stopped_at=clock.now()))
