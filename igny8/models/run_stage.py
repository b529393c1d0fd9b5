"""One of the seven stages of one run, with its counters; a CHECK keeps them adding up."""

from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, usage_column

BUILT_IN = "built-in"


class RunStage(Model):
    """`input` = queued + active + done + failed + skipped + cancelled, enforced by the database.

    `made` counts what the stage made in its own unit; `forwarded` what it put into the next
    stage of the run; `filled` is the share of the bar that its items have consumed;
    `planning_progress` is the share of its items' work that one computation has done ahead of them, where
    the stage has one; `provider` says who works in it; requests, tokens and money as on the items (run_item.py).
    `work_seconds` sums the items' working time, `active_seconds` is what the wall clock saw.
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
