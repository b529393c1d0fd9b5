"""Scheduled starts that did not happen, with the reason."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, created_column, insert_if_absent, site_column


class ScheduleSkip(Model):
    """A time at which a schedule started no run."""

    __tablename__ = "schedule_skip"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    due_at = db.Column(UtcDateTime, nullable=False)
    reason = db.Column(db.Text, nullable=False)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "due_at"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def record(tx: Connection, site_id: int, due_at: datetime, reason: str) -> None:
        """Store why no run started at a time; a time is stored once."""
        values = {"site_id": site_id, "due_at": due_at, "reason": reason}
        tx.execute(insert_if_absent(tx, ScheduleSkip.__table__).values(values))

    @staticmethod
    def latest(tx: Executor, site_id: int, limit: int) -> list[Row[Any]]:
        """Return the latest skips of a site, newest first."""
        table = ScheduleSkip.__table__
        query = select(table).where(table.c.site_id == site_id)
        return list(tx.execute(query.order_by(table.c.due_at.desc()).limit(limit)).all())

    @staticmethod
    def prune(tx: Connection, days: int) -> None:
        """Delete skips that are older than some days."""
        oldest = clock.now() - timedelta(days=days)
        tx.execute(delete(ScheduleSkip).where(ScheduleSkip.due_at < oldest))
