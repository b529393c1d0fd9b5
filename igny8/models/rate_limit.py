"""Rate limits with two stores: the database (all processes) and memory (one process).

`RateLimit` is for what is limited across all processes, such as log-ins, exports and starts.
`MemoryRateLimit` is for requests that must not write to the database, such as API reads.
"""

from collections.abc import Hashable
from threading import Lock
from typing import Any

from sqlalchemy import Connection, delete, select, update

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import Model, insert_if_absent

MAX_WAIT_S = 900.0
FORGET_AFTER_S = 3600.0
MAX_MEMORY_KEYS = 10_000
ROUNDING_S = 1e-6


def reserve_time(
    next_allowed_at: float, now: float, max_requests: int, seconds: float
) -> tuple[float, float]:
    """Reserve one request where `max_requests` are allowed in `seconds`.

    Return (seconds to wait, new `next_allowed_at`). It is the generic cell rate algorithm (ITU-T
    I.371), and `next_allowed_at` its theoretical arrival time. If there is a wait, the request is
    not counted and the second value is unchanged. A `next_allowed_at` that lies further ahead than
    `seconds` was stored while a clock was wrong; it is ignored.
    """
    step = seconds / max_requests
    due = max(next_allowed_at, now) if next_allowed_at <= now + seconds + step else now
    wait = due - now - (seconds - step)
    return (wait, next_allowed_at) if wait > ROUNDING_S else (0.0, due + step)


class RateLimit(Model):
    """One limited key. `count` is the number of failed attempts; times are since 1970."""

    __tablename__ = "throttle"

    key = db.Column(db.String(120), primary_key=True)
    count = db.Column(db.Integer, nullable=False, default=0)
    next_allowed_at = db.Column(
        "free_at", db.Float, key="next_allowed_at", nullable=False, default=0.0
    )
    seen_at = db.Column(db.Float, nullable=False, default=0.0)

    @staticmethod
    def attempt(tx: Connection, key: str, free: int) -> float:
        """Count an attempt before its outcome is known; return 0, or the seconds to wait instead.

        After `free` attempts the waits double, from one second to MAX_WAIT_S. Call `reset` after
        a success.
        """
        row, now = _lock_row(tx, key)
        if now < row.next_allowed_at <= now + MAX_WAIT_S:  # a later one: a clock jumped
            return row.next_allowed_at - now
        count = 1 if now - row.seen_at > FORGET_AFTER_S else row.attempts + 1
        wait = min(MAX_WAIT_S, 2.0 ** (count - free)) if count >= free else 0.0
        _update_row(tx, key, count=count, next_allowed_at=now + wait, seen_at=now)
        return 0.0

    @staticmethod
    def undo_attempt(tx: Connection, key: str, free: int) -> None:
        """Remove an attempt that turned out to be correct; keep the failed ones."""
        row, _ = _lock_row(tx, key)
        count = max(0, row.attempts - 1)
        values = {"next_allowed_at": 0.0} if count < free else {}
        _update_row(tx, key, count=count, **values)

    @staticmethod
    def reset(tx: Connection, key: str) -> None:
        """Delete the attempts of a key after a success."""
        tx.execute(delete(RateLimit).where(RateLimit.key == key))

    @staticmethod
    def prune(tx: Connection) -> None:
        """Delete all keys that were not used for a day."""
        oldest = clock.now().timestamp() - 24 * FORGET_AFTER_S
        tx.execute(delete(RateLimit).where(RateLimit.seen_at < oldest))

    @staticmethod
    def take(tx: Connection, key: str, max_requests: int, seconds: float) -> float:
        """Count one request of `max_requests` per `seconds`; return 0, or the seconds to wait."""
        row, now = _lock_row(tx, key)
        wait, due = reserve_time(row.next_allowed_at, now, max_requests, seconds)
        if not wait:
            _update_row(tx, key, next_allowed_at=due, seen_at=now)
        return wait


class MemoryRateLimit:
    """Allow `max_requests` per `seconds` and key, counted in this process."""

    def __init__(self, max_requests: int, seconds: float = 60.0) -> None:
        self._max_requests, self._seconds = max_requests, seconds
        self._next_allowed_at: dict[Hashable, float] = {}
        self._lock = Lock()

    def take(self, key: Hashable) -> float:
        """Count one request; return 0, or the seconds to wait."""
        now = clock.monotonic()
        with self._lock:
            wait, due = reserve_time(
                self._next_allowed_at.get(key, now), now, self._max_requests, self._seconds
            )
            if not wait:
                self._next_allowed_at[key] = due
                if len(self._next_allowed_at) > MAX_MEMORY_KEYS:
                    self._forget(now)
        return wait

    def _forget(self, now: float) -> None:
        """Drop keys without a pending wait, or all of them if that is not enough."""
        self._next_allowed_at = {
            key: due for key, due in self._next_allowed_at.items() if due > now
        }
        if len(self._next_allowed_at) > MAX_MEMORY_KEYS:
            self._next_allowed_at.clear()


def _lock_row(tx: Connection, key: str) -> tuple[Any, float]:
    """Return the locked row of a key, created if missing, and the current time."""
    table = RateLimit.__table__
    tx.execute(
        insert_if_absent(tx, table).values(key=key, count=0, next_allowed_at=0.0, seen_at=0.0)
    )
    columns = (table.c["count"].label("attempts"), table.c.next_allowed_at, table.c.seen_at)
    row = tx.execute(select(*columns).where(table.c.key == key).with_for_update()).one()
    return row, clock.now().timestamp()


def _update_row(tx: Connection, key: str, **values: float) -> None:
    tx.execute(update(RateLimit.__table__).where(RateLimit.key == key).values(**values))
