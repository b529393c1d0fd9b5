"""Events of a run: one readable line each."""

from datetime import datetime

from sqlalchemy import Connection, insert

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model

LEVELS = ("debug", "info", "warning", "error")


class RunEvent(Model):
    """One line of the log. The Activity list omits the level debug."""

    __tablename__ = "run_event"

    id = db.Column(db.Integer, primary_key=True)
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    level = db.Column(db.String(8), nullable=False, default="info")
    kind = db.Column(db.String(24), nullable=False)
    stage = db.Column(db.SmallInteger)
    item_id = db.Column(db.Integer)
    message = db.Column(db.Text, nullable=False)
    credits = db.Column(db.Integer, nullable=False, default=0)

    __table_args__ = (
        db.Index("ix_run_event_log", "run_id", "id"),
        db.Index(
            "ix_run_event_activity",
            "run_id",
            "id",
            sqlite_where=db.text("level <> 'debug'"),
            postgresql_where=db.text("level <> 'debug'"),
        ),
        db.CheckConstraint("level IN ('debug', 'info', 'warning', 'error')", name="level"),
    )

    @staticmethod
    def log(
        tx: Connection,
        run_id: int,
        kind: str,
        message: str,
        *,
        level: str = "info",
        stage: int | None = None,
        item_id: int | None = None,
        credits: int = 0,
        at: datetime | None = None,
    ) -> None:
        """Add a line to the log of a run; `at` defaults to now."""
        tx.execute(
            INSERT,
            {
                "run_id": run_id,
                "at": at or clock.now(),
                "kind": kind,
                "message": message,
                "level": level,
                "stage": stage,
                "item_id": item_id,
                "credits": credits,
            },
        )


INSERT = insert(RunEvent.__table__)
