"""Worker processes: one row each, with its number of slots and last heartbeat."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, bindparam, func, null, select

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model

HEARTBEAT_INTERVAL_S = 5.0
LOST_AFTER_S = 3 * HEARTBEAT_INTERVAL_S


class Worker(Model):
    """(host, pid, process_started_at) identifies a process across hosts and restarts.

    `process_started_at` is the start of the process in seconds since boot, and `host` the host or
    container in which the pid is unique (engine/process_identity.py). `stopped_at` is when it
    stopped or, if `killed`, when it was found dead. `skew` is how many seconds its clock was ahead
    of the database server's at the last heartbeat; None on SQLite.
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


def clock_skew(dialect: str, now: float) -> Any:
    """Return the SQL expression for this machine's time minus the database server's, in seconds."""
    return null() if dialect == "sqlite" else now - func.extract("epoch", func.clock_timestamp())


def _alive_since() -> datetime:
    return clock.now() - timedelta(seconds=LOST_AFTER_S)


def online_slots() -> tuple[ScalarSelect, ScalarSelect]:
    """Return two scalar subqueries: slots of online workers, and the last heartbeat of any worker.

    The time limit is evaluated at execution, so statements with them can be reused.
    """
    table = Worker.__table__
    since = bindparam("alive_since", callable_=_alive_since, type_=UtcDateTime())
    alive = (table.c.last_seen >= since) & table.c.stopped_at.is_(None)
    return (
        select(func.coalesce(func.sum(table.c.slots), 0)).where(alive).scalar_subquery(),
        select(func.max(table.c.last_seen)).scalar_subquery(),
    )
