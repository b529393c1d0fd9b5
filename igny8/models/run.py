"""Runs of the automation on a site, and the actions that users can take on them."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one, created_column, site_column

OPEN = ("queued", "running", "paused", "blocked")
ENDED_WELL = ("completed", "completed_with_errors", "nothing_to_do")
ENDED = (*ENDED_WELL, "cancelled", "failed")
STATES = (*OPEN, *ENDED)

# Per action: the states that allow it, and the desired state that it sets. The state itself changes
# later in transitions.advance(), between items, except where `state` is given.
ACTIONS = {
    "pause": {"from": ("queued", "running"), "desired_state": "pause"},
    "resume": {
        "from": ("queued", "running", "paused", "blocked"),
        "desired_state": "go",
        "state": "running",
    },
    "cancel": {"from": OPEN, "desired_state": "cancel"},
}
NOTHING_WANTED = "nothing wanted"  # status_reason of a run whose results were all rejected
HUMAN_WAITS = ("approval", "first", "reading")  # block kinds: people have to decide or to read
BLOCK_CLEARED = {
    "status_reason": None,
    "block_kind": None,
    "block_until": None,
    "block_breaker_key": None,
    "blocked_at": None,
}


class Run(Model):
    """One pass over a site. `state` is where it is, `desired_state` what the user asked for.

    `block_kind` is why no requests are sent until somebody acts or `block_until` (seconds since
    1970) passes; the state follows once no item is active. `block_breaker_key` is the circuit
    breaker that has to close. `rewind_to_stage` is the stage to return to for failed items once no
    item is active. `gates_passed` are the stages whose first items people have seen. `eta_*` is the
    displayed time left, at which active second it was computed, and when a change was last logged;
    `pace*` is the measured speed (`forecast`). `stalled_at` is since when there is no worker.
    `settings_version` counts changes of the providers among `settings`. `bar_remaining` is the
    remaining part of the progress bar, 1 at the start (docs/progress.md). `pruned_at` is when its
    items and log were deleted. `version` increases with every change.
    """

    __tablename__ = "automation_run"

    id = db.Column(db.Integer, primary_key=True)
    public_id = db.Column(db.String(32), nullable=False, unique=True)
    site_id = site_column()
    number = db.Column(db.Integer, nullable=False)
    parent_id = db.Column(db.Integer, db.ForeignKey("automation_run.id", ondelete="SET NULL"))
    trigger = db.Column(db.String(12), nullable=False, default="manual")
    started_by = db.Column(db.String(80), nullable=False, default="owner")
    state = db.Column(db.String(24), nullable=False, default="queued")
    desired_state = db.Column(
        "want", db.String(8), key="desired_state", nullable=False, default="go"
    )
    status_reason = db.Column(db.Text)
    current_stage = db.Column(db.Integer, nullable=False, default=1)
    initial_snapshot = db.Column(db.JSON, nullable=False)
    settings = db.Column(db.JSON, nullable=False)
    history = db.Column(db.JSON, nullable=False)
    bar_remaining = db.Column("q", db.Float, key="bar_remaining", nullable=False, default=1.0)
    credits_used = db.Column(db.Integer, nullable=False, default=0)
    credits_cap = db.Column(db.Integer)
    settings_version = db.Column(
        "edition", db.Integer, key="settings_version", nullable=False, default=0, server_default="0"
    )
    block_kind = db.Column(db.String(16))
    block_until = db.Column(db.Float)
    block_breaker_key = db.Column("block_gate", db.String(64), key="block_breaker_key")
    blocked_at = db.Column(UtcDateTime)
    rewind_to_stage = db.Column("back_to", db.SmallInteger, key="rewind_to_stage")
    gates_passed = db.Column(db.JSON, nullable=False, default=list, server_default="[]")
    stalled_at = db.Column(UtcDateTime)
    version = db.Column(db.Integer, nullable=False, default=1)
    predicted_low = db.Column(db.Float)
    predicted_high = db.Column(db.Float)
    predicted_credits_low = db.Column(db.Float)
    predicted_credits_high = db.Column(db.Float)
    eta_low = db.Column(db.Float)
    eta_mid = db.Column(db.Float)
    eta_high = db.Column(db.Float)
    eta_at = db.Column(db.Float)
    eta_logged = db.Column(db.Float)
    pace = db.Column(db.Float, nullable=False, default=1.0, server_default="1")
    pace_since = db.Column(db.Float, nullable=False, default=0.0, server_default="0")
    pace_work = db.Column(db.Float, nullable=False, default=0.0, server_default="0")
    pace_claims = db.Column(db.Integer, nullable=False, default=0, server_default="0")
    active_seconds = db.Column(db.Float, nullable=False, default=0.0)
    active_since = db.Column(UtcDateTime)
    dismissed = db.Column(db.Boolean, nullable=False, default=False)
    created_at = created_column()
    started_at = db.Column(UtcDateTime)
    finished_at = db.Column(UtcDateTime)
    pruned_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.UniqueConstraint("site_id", "number"),
        db.Index(
            "uq_automation_run_open",
            "site_id",
            unique=True,
            sqlite_where=db.text("state IN ('queued', 'running', 'paused', 'blocked')"),
            postgresql_where=db.text("state IN ('queued', 'running', 'paused', 'blocked')"),
        ),
        db.Index("ix_automation_run_working", "state", "desired_state"),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{s}'" for s in STATES)), name="state"
        ),
        db.CheckConstraint("want IN ('go', 'pause', 'cancel')", name="want"),
        db.CheckConstraint("q >= 0 AND q <= 1", name="rest"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def apply_action(tx: Connection, run_id: int, verb: str) -> bool:
        """Apply an action of ACTIONS; return False if the state does not allow it.

        Repeating an action has no effect and returns False as well.
        """
        rule = ACTIONS[verb]
        values = {"desired_state": rule["desired_state"], "version": Run.version + 1}
        if "state" in rule:
            values |= {"state": rule["state"], **BLOCK_CLEARED}
        changed = update(Run).where(
            Run.id == run_id, Run.state.in_(rule["from"]), Run.desired_state != "cancel"
        )
        if verb == "resume":
            changed = changed.where(
                (Run.desired_state != "go")
                | Run.block_kind.is_not(None)
                | Run.state.in_(("paused", "blocked"))
            )
        elif verb == "pause":
            changed = changed.where(Run.desired_state == "go")
        return changed_one(tx, changed.values(values))

    @staticmethod
    def block(
        tx: Connection,
        run_id: int,
        kind: str,
        reason: str,
        until: float | None = None,
        breaker_key: str | None = None,
    ) -> bool:
        """Stop handing out items and block once none is active; False if already blocking."""
        statement = (
            update(Run)
            .where(Run.id == run_id, Run.state == "running", Run.block_kind.is_(None))
            .values(
                block_kind=kind,
                status_reason=reason,
                block_until=until,
                block_breaker_key=breaker_key,
                version=Run.version + 1,
            )
        )
        return changed_one(tx, statement)

    @staticmethod
    def recheck_wait(tx: Connection, site_id: int, *kinds: str) -> None:
        """Make the engine check again what a site's open run waits for.

        `kinds` are the kinds of waits that may have ended; none means all.
        """
        is_kind = Run.block_kind.in_(kinds or HUMAN_WAITS)
        tx.execute(
            update(Run)
            .where(Run.site_id == site_id, Run.state == "blocked", is_kind)
            .values(block_until=clock.now().timestamp(), version=Run.version + 1)
        )

    @staticmethod
    def is_blocked_by_own_cap(row: Row[Any]) -> bool:
        """Return whether a run (a row) is blocked by its own cap until somebody raises it."""
        return row.state == "blocked" and row.block_kind == "budget" and row.block_until is None

    @staticmethod
    def lock(tx: Connection, run_id: int) -> Row[Any] | None:
        """Lock a run until the transaction ends and return its row, or None if it is deleted.

        Every change of a run, its stages or items locks the run first, which prevents deadlocks.
        """
        table = Run.__table__
        return tx.execute(select(table).where(table.c.id == run_id).with_for_update()).first()

    @staticmethod
    def get(tx: Connection, run_id: int) -> Row[Any]:
        """Return the current row of a run that is locked already."""
        table = Run.__table__
        return tx.execute(select(table).where(table.c.id == run_id)).one()

    @staticmethod
    def lock_open_run(tx: Connection, site_id: int) -> Row[Any] | None:
        """Lock a site's open run, before a user changes its input; return its row or None."""
        table = Run.__table__
        query = select(table).where(table.c.site_id == site_id, table.c.state.in_(OPEN))
        return tx.execute(query.with_for_update()).first()

    @staticmethod
    def touch_open_run(tx: Connection, site_id: int) -> None:
        """Increment the version of a site's open run, so that pages show a user's change."""
        tx.execute(
            update(Run)
            .where(Run.site_id == site_id, Run.state.in_(OPEN))
            .values(version=Run.version + 1)
        )

    @staticmethod
    def find_open(tx: Executor, site_id: int) -> Row[Any] | None:
        """Return the row of the open run of a site, or None."""
        table = Run.__table__
        return tx.execute(
            select(table).where(table.c.site_id == site_id, table.c.state.in_(OPEN))
        ).first()

    @staticmethod
    def find(tx: Executor, site_id: int, public_id: str | None = None) -> Row[Any] | None:
        """Return the row of a run of a site by public id, or of its latest; None if it has none."""
        table = Run.__table__
        query = select(table).where(table.c.site_id == site_id)
        if public_id is not None:
            query = query.where(table.c.public_id == public_id)
        return tx.execute(query.order_by(table.c.number.desc()).limit(1)).first()
