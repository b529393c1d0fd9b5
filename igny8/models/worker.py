"""Who is alive: one row a process that works, with how many items it can work on at once."""

from datetime import timedelta

from sqlalchemy import bindparam, func, null, select

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model

HEARTBEAT_INTERVAL_S = 5.0
LOST_AFTER_S = 3 * HEARTBEAT_INTERVAL_S


class Worker(Model):
    """(host, pid, process_started_at) names a process for good: `process_started_at` is when the system started it, in seconds
    since its boot, and `host` is the place in which its pid is its own (engine/place.py).

    `stopped_at` is when it signed off, or, if it was `killed`, when it was found dead. `skew` is by how many
    seconds its clock was ahead of the database server's when it last beat; None on SQLite, whose users share
    one clock.
    """

    __tablename__ = "worker"

    id = db.Column(db.Integer, primary_key=True)
    host = db.Column(db.String(120), nullable=False)
    pid = db.Column(db.Integer, nullable=False)
    process_started_at = db.Column("born", db.Float, key="process_started_at", nullable=False)
    slots = db.Column(db.Integer, nullable=False)
    version = db.Column(db.String(40), nullable=False)
    started_at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    last_seen = db.Column(UtcDateTime, nullable=False, default=clock.now)
    stopped_at = db.Column(UtcDateTime)
    killed = db.Column(db.Boolean)
    skew = db.Column(db.Float)

    __table_args__ = (
        db.UniqueConstraint("host", "pid", "process_started_at"),
        db.Index("ix_worker_last_seen", "last_seen"),
    )


def clock_skew(dialect: str, now):
    """Return what a beat stores as skew: this machine's time (seconds since 1970) against the server's."""
    return null() if dialect == "sqlite" else now - func.extract("epoch", func.clock_timestamp())


def _alive_since():
    return clock.now() - timedelta(seconds=LOST_AFTER_S)


def online_slots():
    """Return two scalar expressions: slots of the workers seen lately, and when one was last seen.

    "Lately" is reckoned when the statement is executed, so a statement that holds them may be kept.
    """
    table = Worker.__table__
    since = bindparam("alive_since", callable_=_alive_since, type_=UtcDateTime())
    alive = (table.c.last_seen >= since) & table.c.stopped_at.is_(None)
    return (
        select(func.coalesce(func.sum(table.c.slots), 0)).where(alive).scalar_subquery(),
        select(func.max(table.c.last_seen)).scalar_subquery(),
    )
