"""Free the space of deleted rows with VACUUM."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from igny8.errors import Igny8Error
from igny8.extensions import db
from igny8.upkeep.sizes import database_bytes

LOCK_TIMEOUT_S = 30


def vacuum() -> tuple[int, int]:
    """Vacuum the database; return its size in bytes before and after.

    An SQLite file is rewritten while writers wait; on PostgreSQL a plain VACUUM makes the space
    reusable without blocking.
    """
    before = database_bytes()
    if db.engine.dialect.name == "sqlite":
        _vacuum_sqlite(Path(db.engine.url.database or ""), before)
    else:
        engine = db.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
    return before, database_bytes()


def _vacuum_sqlite(path: Path, size: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < 2 * size:
        raise Igny8Error(
            f"VACUUM writes the database anew and needs {2 * size / 1e6:,.0f} MB for a moment; "
            f"{free / 1e6:,.0f} MB are free. Free some space first."
        )
    try:
        with closing(
            sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise Igny8Error(
            f"The database could not be vacuumed: {error}. It is unchanged; try again when less "
            "is written."
        ) from error
