"""Check the database, its tables and the task queue."""

from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from igny8.database_errors import CHECK_SERVER, explain
from igny8.extensions import POOLED, read_transaction, write_transaction
from igny8.upkeep import installation, schema
from igny8.upkeep.doctor.finding import CheckResult

MIN_POSTGRES_VERSION = 130_000
CODE_REFUSES = "so web and workers of this code refuse to start."


def database() -> CheckResult:
    """Yield whether the database answers and is undamaged."""
    try:
        with read_transaction() as tx:
            is_sqlite, is_pooled = tx.dialect.name == "sqlite", bool(tx.info.get(POOLED))
            found = _damage(tx) if is_sqlite else _server_version(tx)
        with write_transaction() as tx:  # finds a lock that is held, or a file that is read-only
            tx.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        fallback = f"The database does not answer: {_error_text(error)}."
        yield "bad", *(explain(error) or (fallback, CHECK_SERVER))
        return
    if is_sqlite and found:
        yield (
            "bad",
            f"The database file is damaged: {found}.",
            "Stop IGNY8, keep the file, and restore the last backup: igny8 restore FILE --force.",
        )
    elif not is_sqlite and int(found) < MIN_POSTGRES_VERSION:
        yield "bad", f"PostgreSQL is of version {found}.", "IGNY8 needs PostgreSQL 13 or newer."
    else:
        way = " through a pooler" if is_pooled else ""
        intact = " and is intact" if is_sqlite else ""
        yield "ok", f"The database answers{way}{intact}."


def _damage(tx: Connection) -> str:
    """Return the damage of an SQLite file, empty if there is none."""
    lines = tx.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
    return "" if lines == ["ok"] else "; ".join(lines)


def _server_version(tx: Connection) -> str:
    return str(tx.execute(text("SHOW server_version_num")).scalar_one())


def tables() -> CheckResult:
    """Yield whether the tables are those of this version."""
    revision = schema.current_revision()
    fits, expected = schema.compare_revision(revision), schema.expected_revision()
    if fits == "same":
        yield "ok", f"The tables are those of this version ({revision})."
    elif fits == "none" and (loss := installation.loss()):
        yield "bad", loss
    elif fits == "none":
        yield "bad", "The database has no tables yet.", "igny8 db upgrade"
    elif fits == "older":
        known = f"are of an older version ({revision}, this code needs {expected})"
        yield "bad", f"The tables {known}, {CODE_REFUSES}", "igny8 db upgrade"
    else:
        known = f"are of a newer version ({revision}; this code knows them up to {expected})"
        yield "bad", f"The tables {known}, {CODE_REFUSES}", "Update IGNY8 here."


def queue() -> CheckResult:
    """Yield whether the task queue answers."""
    try:
        waiting = current_app.extensions["igny8.huey"].pending_count()
    except Exception as error:  # noqa: BLE001 - each kind of queue has errors of its own
        yield (
            "warn",
            f"The queue does not answer: {_error_text(error)}. Workers check for work themselves "
            "meanwhile, every two seconds.",
            "Check HUEY_URL, HUEY_PASSWORD and the server. The queue may be emptied: it holds no "
            "state.",
        )
    else:
        yield "ok", f"The queue answers ({waiting:,} wake-ups queued)."


def _error_text(error: Exception) -> str:
    """Return the message of an error without its final full stop."""
    return str(error).strip().rstrip(".")
