"""Copy, verify, move aside and load a database, with one interface for both kinds."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError

from igny8.extensions import db, read_transaction
from igny8.models import Site, User
from igny8.upkeep.copy_contents import StoredImage
from igny8.upkeep.postgres_database import PostgresDatabase
from igny8.upkeep.sqlite_database import SqliteDatabase

__all__ = ["Database", "StoredImage", "database", "is_empty"]


class Database(Protocol):
    """A database to back up or restore; `stamp` names what one restore moved aside."""

    kind: str
    member: str  # its name in an archive

    def copy(self, target: Path) -> tuple[str, list[StoredImage]]:
        """Write a verified, consistent copy; return (revision of its tables, its images)."""

    def verify(self, file: Path) -> None:
        """Raise Igny8Error if a copy is broken."""

    def other_connections(self) -> list[str]:
        """Return a description of other users of the database."""

    def move_aside(self, folder: Path, stamp: str) -> None:
        """Move the database aside and leave an empty one."""

    def undo_move(self, folder: Path, stamp: str) -> None:
        """Undo move_aside, even if it was incomplete."""

    def delete_moved(self, folder: Path, stamp: str) -> None:
        """Delete what was moved aside."""

    def load(self, file: Path) -> None:
        """Load a copy into the empty database."""


def database() -> Database:
    """Return the database of the current app."""
    return SqliteDatabase() if db.engine.dialect.name == "sqlite" else PostgresDatabase()


def is_empty() -> bool:
    """Return whether the database has no site and no user; False for a damaged one."""
    try:
        return not _has_rows((Site, User))
    except OperationalError:  # it does not answer
        raise
    except DatabaseError:
        return False


def _has_rows(kinds: tuple) -> bool:
    existing = set(inspect(db.engine).get_table_names())
    with read_transaction() as tx:
        return any(
            tx.execute(select(kind.id).limit(1)).first()
            for kind in kinds
            if kind.__tablename__ in existing
        )
