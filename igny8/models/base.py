"""What tables share: the declarative base, times, and insert-if-absent on both databases."""

from functools import lru_cache

from sqlalchemy.dialects import postgresql, sqlite

from igny8 import clock
from igny8.extensions import UtcDateTime, db

Model = db.Model


def site_column(**options):
    """Return the column that ties a row to its site; deleting the site deletes the row."""
    return db.Column(
        db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), nullable=False, **options
    )


def created_column():
    """Return a column that holds when the row was made."""
    return db.Column(UtcDateTime, nullable=False, default=clock.now)


def usage_column(kind=db.Integer):
    """Return a column that counts what was used outside; 0 for rows that are older than the column."""
    return db.Column(kind, nullable=False, default=0, server_default="0")


def is_row_id(text: str) -> bool:
    """Return whether a text is a whole number that a row could have."""
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31


def insert_if_absent(tx, table):
    """Return an INSERT that leaves out rows whose unique key exists already (no error, no update)."""
    return _insert_if_absent(tx.dialect.name, table)


@lru_cache
def _insert_if_absent(dialect: str, table):
    module = postgresql if dialect == "postgresql" else sqlite
    return module.insert(table).on_conflict_do_nothing()
