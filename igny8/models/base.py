"""Shared parts of all tables: base class, common columns, conditional INSERT and UPDATE."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Column, Connection, Delete, Insert, Table, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session

from igny8 import clock
from igny8.extensions import UtcDateTime, db

if TYPE_CHECKING:  # db.Model is a variable, which a type checker does not take as a base class

    class Model(DeclarativeBase):
        """Base class of all tables."""

        __table__: ClassVar[Table]
else:
    Model = db.Model
Executor = Connection | Session | scoped_session  # what a read can run on


def site_column(**options: Any) -> Column:
    """Return the foreign key to the site; deleting the site deletes the row."""
    return db.Column(
        db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), nullable=False, **options
    )


def created_column() -> Column:
    """Return the column with the time at which the row was created."""
    return db.Column(UtcDateTime, nullable=False, default=clock.now)


def usage_column(kind: Any = db.Integer) -> Column:
    """Return a usage counter (requests, tokens, money) that starts at 0."""
    return db.Column(kind, nullable=False, default=0, server_default="0")


def is_row_id(text: str) -> bool:
    """Return whether a text is a possible row id: 0 to 2³¹ − 1."""
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31


def insert_if_absent(tx: Connection, table: Table) -> Insert:
    """Return an INSERT that skips rows whose unique key exists (ON CONFLICT DO NOTHING)."""
    return _insert_if_absent(tx.dialect.name, table)


def changed_one(tx: Connection, statement: Insert | Update | Delete) -> bool:
    """Execute a statement; return whether it changed exactly one row (compare-and-set)."""
    return tx.execute(statement).rowcount == 1


@lru_cache
def _insert_if_absent(dialect: str, table: Table) -> Insert:
    module = postgresql if dialect == "postgresql" else sqlite
    return module.insert(table).on_conflict_do_nothing()
