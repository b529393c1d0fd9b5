"""Check what an installation needs: data folder, disk, database, tables, queue, optional parts."""

import errno
import importlib.util
import os
import shutil
import tempfile

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from igny8.database_errors import CHECK_SERVER, explain
from igny8.extensions import POOLED, db, read_transaction, write_transaction
from igny8.upkeep import installation, schema
from igny8.upkeep.doctor.finding import CheckResult

LOW_SPACE_BYTES, CRITICAL_SPACE_BYTES = 2 * 2**30, 500 * 2**20
MIN_POSTGRES_VERSION = 130_000
WRITE_ERROR_REMEDIES = {  # how a folder becomes writable again
    errno.ENOSPC: "Make room on its disk.",
    errno.EDQUOT: "Make room for the user that runs IGNY8.",
    errno.EROFS: "Mount its disk for writing.",
    errno.ENOENT: "Put it back, from a backup if need be.",
}
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
OPTIONAL_PACKAGES = {
    "psycopg": "PostgreSQL",
    "redis": "Redis as queue",
    "gunicorn": "web servers of several processes",
}


def data_folder() -> CheckResult:
    """Yield whether the data folder is writable, and private."""
    settings = current_app.config["SETTINGS"]
    for folder in (settings.data_dir, settings.uploads, settings.images):
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield (
                "bad",
                f"{folder} cannot be written: {error.strerror}.",
                WRITE_ERROR_REMEDIES.get(error.errno or 0, "Give it to the user that runs IGNY8."),
            )
            return
    open_to_others = [
        path
        for path in (settings.data_dir, *settings.data_dir.glob("*.key"))
        if path.stat().st_mode & 0o077
    ]
    if open_to_others:
        yield (
            "warn",
            f"Other users of this machine may read {', '.join(map(str, open_to_others))}.",
            f"chmod go-rwx {' '.join(map(str, open_to_others))}",
        )
    else:
        yield "ok", f"Data is in {settings.data_dir}, for this user alone."


def disk() -> CheckResult:
    """Yield the free space of the data folder."""
    folder = current_app.config["SETTINGS"].data_dir
    free = shutil.disk_usage(folder).free
    level = "bad" if free < CRITICAL_SPACE_BYTES else "warn" if free < LOW_SPACE_BYTES else "ok"
    yield (
        level,
        f"{folder} has {free // 2**20:,} MB left.",
        ""
        if level == "ok"
        else "Free some space, or move the data folder: without space nothing can be stored.",
    )


def database() -> CheckResult:
    """Yield whether the database answers and is intact."""
    try:
        with read_transaction() as tx:
            is_sqlite = tx.dialect.name == "sqlite"
            is_pooled = bool(tx.info.get(POOLED))
            told = (
                tx.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
                if is_sqlite
                else tx.execute(text("SHOW server_version_num")).scalars().all()
            )
        with write_transaction() as tx:  # finds a lock that is held, or a file that is read-only
            tx.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        told = f"The database does not answer: {_error_text(getattr(error, 'orig', error))}."
        yield "bad", *(explain(error) or (told, CHECK_SERVER))
        return
    if is_sqlite and told != ["ok"]:
        yield (
            "bad",
            f"The database file is damaged: {'; '.join(told)}.",
            "Stop IGNY8, keep the file, and restore the last backup: igny8 restore FILE --force.",
        )
    elif not is_sqlite and int(told[0]) < MIN_POSTGRES_VERSION:
        yield "bad", f"PostgreSQL is of version {told[0]}.", "IGNY8 needs PostgreSQL 13 or newer."
    else:
        way = " through a pooler" if is_pooled else ""
        intact = " and is intact" if is_sqlite else ""
        yield "ok", f"The database answers{way}{intact}."


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
        yield (
            "bad",
            f"The tables are of an older version ({revision}, this code needs {expected}), "
            "so web and workers of this code refuse to start.",
            "igny8 db upgrade",
        )
    else:
        yield (
            "bad",
            f"The tables are of a newer version ({revision}; this code knows them up to "
            f"{expected}), so web and workers of this code refuse to start.",
            "Update IGNY8 here.",
        )


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
    """Return the message of an error without a full stop at its end."""
    return str(error).strip().rstrip(".")


def outbound_proxy() -> CheckResult:
    """Yield whether the environment names a proxy, which IGNY8 does not use."""
    names = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    if names:
        yield (
            "warn",
            f"{' and '.join(names)} is set, but IGNY8 asks model servers directly: it checks the "
            "address of each one before it connects, and a proxy would look the name up anew.",
            "Let this machine reach the model servers directly, or run one (or a gateway with the "
            "OpenAI protocol) in your network and allow its address (IGNY8_OUTBOUND_ALLOW).",
        )
    else:
        yield "ok", "No proxy is set for requests to model servers; they are asked directly."


def optional_parts() -> CheckResult:
    """Yield which optional packages and programs are missing."""
    missing = [
        f"{name} ({use})"
        for name, use in OPTIONAL_PACKAGES.items()
        if importlib.util.find_spec(name) is None
    ]
    programs = (
        []
        if db.engine.dialect.name == "sqlite"
        else [p for p in ("pg_dump", "pg_restore") if shutil.which(p) is None]
    )
    if programs:
        yield (
            "warn",
            f"{' and '.join(programs)} cannot be found, so “igny8 backup” does not work here.",
            "Install PostgreSQL's client programs (on Debian: apt-get install postgresql-client).",
        )
    if missing:
        yield (
            "note",
            f"Not installed: {', '.join(missing)}.",
            "pip install 'igny8[team]', where they are needed",
        )
    if not missing and not programs:
        yield "ok", "All optional parts are installed."
