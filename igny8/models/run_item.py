"""Items: one input of one stage of a run, the unit of progress, retries and cost."""

from igny8.extensions import db
from igny8.models.base import Model, usage_column

STATES = ("queued", "active", "done", "failed", "skipped", "cancelled")
TERMINAL = ("done", "failed", "skipped", "cancelled")
# what counts together on pages: name → states
STATE_GROUPS = {"processed": ("done", "failed", "skipped"), "remaining": ("queued", "active")}


class RunItem(Model):
    """`token` identifies the claim while active; `heartbeat_count` counts its heartbeats.

    Items are ordered by `retry_order` (first tries before retries), then by `rank`, lowest first.
    `held` is why a queued item waits for people (gate.py), 0 if it does not. `credits` is the
    charge of a done item. `requests` counts all requests, `repeats` those that were sent again
    because a process died before the answer was stored; tokens and `money` (millionths) include
    failed work. Times are seconds since 1970, for display.
    """

    __tablename__ = "run_item"

    id = db.Column(db.Integer, primary_key=True)
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    stage = db.Column(db.SmallInteger, nullable=False)
    subject_id = db.Column(db.Integer, nullable=False)
    title = db.Column(db.Text, nullable=False)
    state = db.Column(db.String(9), nullable=False, default="queued")
    retry_order = db.Column("turn", db.SmallInteger, key="retry_order", nullable=False, default=0)
    rank = db.Column(db.BigInteger, nullable=False, default=0)
    attempt = db.Column(db.SmallInteger, nullable=False, default=0)
    crashes = db.Column(db.SmallInteger, nullable=False, default=0)
    token = db.Column(db.String(32))
    worker_id = db.Column(db.Integer)
    heartbeat_count = db.Column(
        "beat", db.Integer, key="heartbeat_count", nullable=False, default=0
    )
    not_before = db.Column(db.Float)
    held = db.Column(db.SmallInteger, nullable=False, default=0, server_default="0")
    error_kind = db.Column(db.String(24))
    error = db.Column(db.Text)
    credits = db.Column(db.Integer, nullable=False, default=0)
    requests = usage_column()
    repeats = usage_column()
    tokens_in = usage_column()
    tokens_out = usage_column()
    money = usage_column(db.BigInteger)
    seconds = db.Column(db.Float)
    started_at = db.Column(db.Float)
    finished_at = db.Column(db.Float)

    __table_args__ = (
        db.UniqueConstraint("run_id", "stage", "subject_id"),
        db.Index(
            "ix_run_item_queue",
            "run_id",
            "stage",
            "retry_order",
            "rank",
            "id",
            sqlite_where=db.text("state = 'queued'"),
            postgresql_where=db.text("state = 'queued'"),
        ),
        db.Index(
            "ix_run_item_active",
            "run_id",
            "token",
            sqlite_where=db.text("state = 'active'"),
            postgresql_where=db.text("state = 'active'"),
        ),
        db.Index(
            "ix_run_item_failed",
            "run_id",
            "stage",
            sqlite_where=db.text("state = 'failed'"),
            postgresql_where=db.text("state = 'failed'"),
        ),
        db.Index(
            "ix_run_item_crashed",
            "id",
            sqlite_where=db.text("crashes > 0"),
            postgresql_where=db.text("crashes > 0"),
        ),
        db.CheckConstraint("(state = 'active') = (token IS NOT NULL)", name="token"),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{s}'" for s in STATES)), name="state"
        ),
    )
