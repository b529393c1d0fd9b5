"""What all tables of changes share that people ask a model for: their states and their claim."""

from typing import Any

from sqlalchemy import Connection, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, changed_one, usage_column

STATES = ("queued", "working", "proposed", "accepted", "dropped", "failed")
OPEN_STATES = ("queued", "working", "proposed")
IS_OPEN = "state IN ('queued', 'working', 'proposed')"
# stages of the requests of changes, which no run sends
PART_STAGE, REDRAW_STAGE = 8, 9
CHANGE_STAGES = (PART_STAGE, REDRAW_STAGE)
IS_WAITING = "state IN ('queued', 'working')"


class ChangeColumns:
    """`state`: queued → working (under `token`) → proposed → accepted or dropped; or failed.

    `money` (millionths) was billed for it, to `model`.
    """

    state = db.Column(db.String(8), nullable=False, default="queued", server_default="queued")
    reason = db.Column(db.Text, nullable=False, default="", server_default="")
    model = db.Column(db.String(120), nullable=False, default="", server_default="")
    money = usage_column(db.BigInteger)
    requested_by = db.Column(db.String(80), nullable=False)
    token = db.Column(db.String(32))
    heartbeat_at = db.Column(UtcDateTime)
    attempts = db.Column(db.SmallInteger, nullable=False, default=0, server_default="0")
    not_before = db.Column(UtcDateTime)
    ended_at = db.Column(UtcDateTime)


def change_constraints(name: str, *subject: str) -> tuple[Any, ...]:
    """Return indexes and constraints of a table of changes; one per `subject` is open at most."""
    return (
        db.Index(f"ix_{name}_content", "content_id", "id"),
        db.Index(
            f"ix_{name}_open",
            *subject,
            unique=True,
            sqlite_where=db.text(IS_OPEN),
            postgresql_where=db.text(IS_OPEN),
        ),
        db.Index(
            f"ix_{name}_waiting",
            "id",
            sqlite_where=db.text(IS_WAITING),
            postgresql_where=db.text(IS_WAITING),
        ),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"
        ),
        db.CheckConstraint("(state = 'working') = (token IS NOT NULL)", name="token"),
    )


def move_change(
    kind: type[Model],
    tx: Connection,
    change_id: int,
    sources: tuple[str, ...],
    state: str,
    **values: Any,
) -> bool:
    """Set a new state if the current one is in `sources`; return whether it was."""
    table = kind.__table__
    ended = {} if state in OPEN_STATES else {"ended_at": clock.now()}
    statement = update(table).where(table.c.id == change_id, table.c.state.in_(sources))
    return changed_one(tx, statement.values(state=state, **ended, **values))
