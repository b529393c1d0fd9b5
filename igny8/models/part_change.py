"""Changes of one part of an article that a reviewer requested from a model."""

from typing import Any

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
)
from igny8.models.changes import (
    OPEN_STATES,
    PART_STAGE,
    ChangeColumns,
    change_constraints,
    move_change,
)
from igny8.models.content import Content

STAGE = PART_STAGE


class PartChange(ChangeColumns, Model):
    """`before` is the HTML of the part that the reviewer saw, `after` what the model proposes.

    A part has one open change at most.
    """

    __tablename__ = "part_change"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False
    )
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    part = db.Column(db.SmallInteger, nullable=False)
    heading = db.Column(db.Text, nullable=False)
    wish = db.Column(db.Text, nullable=False)
    before = db.Column(db.Text, nullable=False)
    after = db.Column(db.Text, nullable=False, default="", server_default="")
    created_at = created_column()

    __table_args__ = change_constraints("part_change", "content_id", "part")

    @staticmethod
    def request(tx: Connection, content: Row[Any], part: Any, wish: str, by: str) -> bool:
        """Request a change of a part of a content (a row); False if one is open already."""
        table = PartChange.__table__
        values = {
            "site_id": content.site_id,
            "content_id": content.id,
            "run_id": content.run_id,
            "part": part.number,
            "heading": part.heading,
            "wish": wish,
            "before": part.html,
            "requested_by": by,
            "created_at": clock.now(),
        }
        if not changed_one(tx, insert_if_absent(tx, table).values(values)):
            return False
        Content.require_person(tx, content.id, "changing")
        return True

    @staticmethod
    def move(
        tx: Connection, change_id: int, sources: tuple[str, ...], state: str, **values: Any
    ) -> bool:
        """Set a new state if the current one is in `sources`; return whether it was."""
        return move_change(PartChange, tx, change_id, sources, state, **values)

    @staticmethod
    def find(tx: Executor, content_id: int, change_id: int) -> Row[Any] | None:
        """Return a change of a content, or None."""
        table = PartChange.__table__
        return tx.execute(
            select(table).where(table.c.id == change_id, table.c.content_id == content_id)
        ).first()

    @staticmethod
    def shown(tx: Executor, content_id: int) -> list[Row[Any]]:
        """Return the open changes of a content and recent failed ones, in the order of the parts.

        A failed change is shown until its part is changed again.
        """
        table = PartChange.__table__
        rows = tx.execute(
            select(table).where(table.c.content_id == content_id).order_by(table.c.id)
        ).all()
        latest = {row.part: row for row in rows}
        shown = (*OPEN_STATES, "failed")
        return [row for _, row in sorted(latest.items()) if row.state in shown]
