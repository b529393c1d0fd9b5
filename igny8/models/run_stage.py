"""Stages of a run with their counters."""

from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, usage_column

BUILT_IN = "built-in"


class RunStage(Model):
    """The database enforces input = queued + active + done + failed + skipped + cancelled.

    `held` counts the queued items that wait for people. `made` counts outputs in the stage's own
    unit; `forwarded` counts items added to the next stage; `filled` is the part of the progress bar
    that the items have used. `planning_progress` (0 to 1) is the progress of a computation for the
    whole stage, if it has one. `provider` does the work. Usage columns are the same as for items
    (run_item.py). `work_seconds` sums the working time of items; `active_seconds` is elapsed time.
    """

    __tablename__ = "run_stage"

    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), primary_key=True
    )
    number = db.Column(db.Integer, primary_key=True)
    status = db.Column(db.String(12), nullable=False, default="pending")
    status_reason = db.Column(db.Text)
    input = db.Column(db.Integer, nullable=False, default=0)
    queued = db.Column(db.Integer, nullable=False, default=0)
    active = db.Column(db.Integer, nullable=False, default=0)
    done = db.Column(db.Integer, nullable=False, default=0)
    failed = db.Column(db.Integer, nullable=False, default=0)
    skipped = db.Column(db.Integer, nullable=False, default=0)
    cancelled = db.Column(db.Integer, nullable=False, default=0)
    held = db.Column(db.Integer, nullable=False, default=0, server_default="0")
    made = db.Column(db.Integer, nullable=False, default=0)
    forwarded = db.Column(db.Integer, nullable=False, default=0)
    provider = db.Column(
        "engine",
        db.String(160),
        key="provider",
        nullable=False,
        default=BUILT_IN,
        server_default=BUILT_IN,
    )
    credits = db.Column(db.Integer, nullable=False, default=0)
    requests = usage_column()
    repeats = usage_column()
    tokens_in = usage_column()
    tokens_out = usage_column()
    money = usage_column(db.BigInteger)
    filled = db.Column(db.Float, nullable=False, default=0.0)
    planning_progress = db.Column(
        "headway",
        db.Float,
        key="planning_progress",
        nullable=False,
        default=0.0,
        server_default="0",
    )
    work_seconds = db.Column(db.Float, nullable=False, default=0.0)
    active_seconds = db.Column(db.Float, nullable=False, default=0.0)
    active_since = db.Column(UtcDateTime)
    started_at = db.Column(UtcDateTime)
    finished_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.CheckConstraint(
            "input = queued + active + done + failed + skipped + cancelled", name="sum"
        ),
        db.CheckConstraint(
            "queued >= 0 AND active >= 0 AND done >= 0 AND failed >= 0", name="positive"
        ),
        db.CheckConstraint(
            "status IN ('pending', 'active', 'completed', 'skipped', 'cancelled')", name="status"
        ),
    )
