"""How often something may be tried, in the shared database: so that it holds over all processes and machines."""

from sqlalchemy import delete, select, update

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import Model, insert_if_absent

MAX_WAIT_S = 900.0  # seconds
FORGET_AFTER_S = 3600.0


class RateLimit(Model):
    """`next_allowed_at` is when the next try may come; `count` is how many came in vain, or 0."""

    __tablename__ = "throttle"

    key = db.Column(db.String(120), primary_key=True)
    count = db.Column(db.Integer, nullable=False, default=0)
    next_allowed_at = db.Column(
        "free_at", db.Float, key="next_allowed_at", nullable=False, default=0.0
    )
    seen_at = db.Column(db.Float, nullable=False, default=0.0)

    @staticmethod
    def attempt(tx, key: str, free: int) -> float:
        """Count a try of which none is known yet to be right; return 0, or the seconds to wait when it must not be
        made. After `free` tries the waits double, from one second to a quarter of an hour.
        """
        row, now = _lock_row(tx, key)
        if row.next_allowed_at > now:
            return row.next_allowed_at - now
        count = 1 if now - row.seen_at > FORGET_AFTER_S else row.count + 1
        wait = min(MAX_WAIT_S, 2.0 ** (count - free)) if count >= free else 0.0
        _update_row(tx, key, count=count, next_allowed_at=now + wait, seen_at=now)
        return 0.0

    @staticmethod
    def reset(tx, key: str) -> None:
        """Forget the tries: the last one was right. What nobody tried for long is forgotten with them."""
        tx.execute(
            delete(RateLimit).where(
                (RateLimit.key == key)
                | (RateLimit.seen_at < clock.now().timestamp() - 24 * FORGET_AFTER_S)
            )
        )

    @staticmethod
    def take(tx, key: str, most: int, seconds: float) -> float:
        """Take one of `most` places that come back over `seconds`; return 0, or the seconds to wait for one.

        The generic cell rate algorithm (ITU-T I.371): `next_allowed_at` is the theoretical arrival time.
        """
        row, now = _lock_row(tx, key)
        step = seconds / most
        due = max(row.next_allowed_at, now)
        if due - now > seconds - step:
            return due - now - (seconds - step)
        _update_row(tx, key, next_allowed_at=due + step, seen_at=now)
        return 0.0


def _lock_row(tx, key: str):
    """Return the row of a key, locked, made when it is missing, and what time it is."""
    table = RateLimit.__table__
    tx.execute(
        insert_if_absent(tx, table).values(key=key, count=0, next_allowed_at=0.0, seen_at=0.0)
    )
    return tx.execute(
        select(table).where(table.c.key == key).with_for_update()
    ).one(), clock.now().timestamp()


def _update_row(tx, key: str, **values) -> None:
    tx.execute(update(RateLimit.__table__).where(RateLimit.key == key).values(**values))
