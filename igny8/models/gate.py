"""Gates: where the runs of a site wait for people, and the decisions about each subject.

A gate stands after a stage and holds the items of the next one. Protocol: docs/engine.md#gates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Exists, Row, delete, exists, select

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, created_column, insert_if_absent, site_column
from igny8.models.run import HUMAN_WAITS
from igny8.models.site_settings import SiteSettings

OFF, EVERY, FIRST, ABOVE = "off", "every", "first", "above"
MODES = (OFF, EVERY, FIRST, ABOVE)
APPROVED, REJECTED = "approved", "rejected"
# RunItem.held: why a queued item waits for people; 0 is free
FREE, FOR_APPROVAL, AFTER_FIRST, FOR_READING = range(4)
# value of RunItem.held → kind of the run's block
WAITS = dict(zip((FOR_APPROVAL, AFTER_FIRST, FOR_READING), HUMAN_WAITS, strict=True))


@dataclass(frozen=True)
class Gate:
    """One gate: `amount` is how many items pass first, or the credits above which it holds."""

    mode: str = OFF
    amount: int = 0


@dataclass(frozen=True)
class Gates:
    """The gates of a site by the stage that they follow, and the limit of unread articles.

    `reading_limit` is how many articles may wait for review before writing stops.
    """

    after: dict[int, Gate]
    reading_limit: int | None = None

    @staticmethod
    def load(tx: Executor, site_id: int) -> "Gates":
        """Return the current gates of a site; runs do not copy them."""
        query = select(SiteSettings.gates, SiteSettings.reading_limit)
        row = tx.execute(query.where(SiteSettings.site_id == site_id)).first()
        return Gates({}) if row is None else Gates.from_row(row.gates, row.reading_limit)

    @staticmethod
    def from_row(stored: dict[str, Any] | None, reading_limit: int | None) -> "Gates":
        """Return the gates from the stored columns."""
        after = {int(n): Gate(g["mode"], g.get("amount", 0)) for n, g in (stored or {}).items()}
        return Gates({n: gate for n, gate in after.items() if gate.mode != OFF}, reading_limit)

    def to_json(self) -> dict[str, dict[str, Any]]:
        """Return the gates in the format of the settings column."""
        return {str(n): {"mode": g.mode, "amount": g.amount} for n, g in self.after.items()}

    def mode(self, number: int | None) -> str:
        """Return the mode of the gate after a stage."""
        return self.after.get(number or 0, Gate()).mode


class GateDecision(Model):
    """The decision of a person about a subject of a stage, such as an idea (stage 3)."""

    __tablename__ = "gate_decision"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column(index=True)
    stage = db.Column(db.SmallInteger, nullable=False)
    subject_id = db.Column(db.Integer, nullable=False)
    decision = db.Column(db.String(8), nullable=False)
    reason = db.Column(db.Text, nullable=False, default="", server_default="")
    decided_by = db.Column(db.String(80), nullable=False)
    decided_at = db.Column(UtcDateTime, nullable=False)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("stage", "subject_id"),
        db.CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def record(
        tx: Connection,
        site_id: int,
        stage: int,
        ids: Sequence[int],
        decision: str,
        by: str,
        reason: str = "",
    ) -> None:
        """Store a decision about subjects of a stage, replacing earlier ones."""
        GateDecision.forget(tx, stage, ids)
        facts = {"site_id": site_id, "stage": stage, "decision": decision, "reason": reason}
        now = clock.now()
        facts |= {"decided_by": by, "decided_at": now, "created_at": now}
        if ids:
            rows = [facts | {"subject_id": subject} for subject in ids]
            tx.execute(insert_if_absent(tx, GateDecision.__table__), rows)

    @staticmethod
    def forget(tx: Connection, stage: int, ids: Sequence[int]) -> int:
        """Delete the decisions about subjects of a stage; return how many there were."""
        table = GateDecision.__table__
        matching = delete(table).where(table.c.stage == stage, table.c.subject_id.in_(ids))
        return tx.execute(matching).rowcount

    @staticmethod
    def of_subjects(tx: Executor, stage: int, ids: Sequence[int]) -> dict[int, Row[Any]]:
        """Return the decisions about subjects of a stage, by subject."""
        table = GateDecision.__table__
        matching = select(table).where(table.c.stage == stage, table.c.subject_id.in_(ids))
        return {row.subject_id: row for row in tx.execute(matching)}

    @staticmethod
    def approval_condition(stage: Any, subject: Any) -> Exists:
        """Return the SQL condition that a subject (a column) of a stage is approved."""
        table = GateDecision.__table__
        return exists().where(
            table.c.stage == stage, table.c.subject_id == subject, table.c.decision == APPROVED
        )
