"""Changes of one part of an article that a reviewer requested from a model."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
    usage_column,
)
from igny8.models.content import Content

STATES = ("queued", "working", "proposed", "accepted", "dropped", "failed")
OPEN_STATES = ("queued", "working", "proposed")
IS_OPEN = "state IN ('queued', 'working', 'proposed')"
STAGE = 8  # of the requests of changes, which no run sends


class PartChange(Model):
    """`state`: queued → working (under `token`) → proposed → accepted or dropped; or failed.

    `before` is the HTML of the part that the reviewer saw, `after` the model's proposal. A part has
    at most one open change. `money` (millionths) was billed for it.
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
    state = db.Column(db.String(8), nullable=False, default="queued", server_default="queued")
    reason = db.Column(db.Text, nullable=False, default="", server_default="")
    model = db.Column(db.String(120), nullable=False, default="", server_default="")
    money = usage_column(db.BigInteger)
    requested_by = db.Column(db.String(80), nullable=False)
    token = db.Column(db.String(32))
    heartbeat_at = db.Column(UtcDateTime)
    attempts = db.Column(db.SmallInteger, nullable=False, default=0, server_default="0")
    not_before = db.Column(UtcDateTime)
    created_at = created_column()
    ended_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.Index("ix_part_change_content", "content_id", "id"),
        db.Index(
            "ix_part_change_open",
            "content_id",
            "part",
            unique=True,
            sqlite_where=db.text(IS_OPEN),
            postgresql_where=db.text(IS_OPEN),
        ),
        db.Index(
            "ix_part_change_waiting",
            "id",
            sqlite_where=db.text("state IN ('queued', 'working')"),
            postgresql_where=db.text("state IN ('queued', 'working')"),
        ),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"
        ),
        db.CheckConstraint("(state = 'working') = (token IS NOT NULL)", name="token"),
    )

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
        """Change the state if it is one of some states; return False otherwise."""
        table = PartChange.__table__
        ended = {} if state in OPEN_STATES else {"ended_at": clock.now()}
        statement = update(table).where(table.c.id == change_id, table.c.state.in_(sources))
        return changed_one(tx, statement.values(state=state, **ended, **values))

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
