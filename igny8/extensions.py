"""Unbound objects that create_app() ties to one app: database, migrations, queue, CSRF gate."""

import hashlib
import logging
import platform
import sqlite3
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from flask import current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from sqlalchemy import DateTime, MetaData, TypeDecorator, event, make_url, text
from sqlalchemy.exc import OperationalError

from igny8.errors import Igny8Error

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A peer that froze or was cut off must not hold its row locks, nor we wait for it, for ever (docs/engine.md#recovery).
STALL_TIMEOUT_S = 10  # seconds
IDLE_IN_TRANSACTION_SQLSTATE = "25P03"
APPLICATION_NAME = "igny8"
PG_CONNECT_ARGS = {
    "connect_timeout": STALL_TIMEOUT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * STALL_TIMEOUT_S,
    "application_name": APPLICATION_NAME,
}
# Between two rows of one statement, or two pieces of a long one, the server does not count a client as idle; and a
# request to flush, which the driver sends after many rows, turns the server's clock for the idle off.
TERMINATE_STALLED = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = current_user AND application_name = :ours AND state <> 'idle' AND wait_event = 'ClientRead' "
    "AND state_change < clock_timestamp() - make_interval(secs => :after)"
)
REDIS_TIMEOUTS = (
    "socket_connect_timeout=5&socket_timeout=5"  # seconds; a consumer's read blocks for one
)

log = logging.getLogger(__name__)
db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING_CONVENTION))
migrate = Migrate()
csrf = CSRFProtect()


class UtcDateTime(TypeDecorator):
    """A point in time: aware UTC in Python, naive UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value, dialect):
        return None if value is None else value.replace(tzinfo=UTC)


def bind_database(app) -> None:
    """Tie `db` to the app and teach SQLite to keep its promises (see docs/decisions/0002)."""
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        raise Igny8Error(
            f"DATABASE_URL needs the Python package {error.name}: "
            "install IGNY8 with “pip install igny8[team]”."
        ) from error
    migrate.init_app(app, db, directory=app.config["MIGRATIONS"], compare_type=True)
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_transaction)
        else:
            event.listen(engine, "connect", _configure_postgresql)
            event.listen(engine, "handle_error", _as_operational_error, retval=True)
        app.extensions["igny8.writer"] = engine.execution_options(
            igny8_write=True, preserve_rowcount=True
        )
        app.extensions["igny8.reader"] = (
            engine
            if engine.dialect.name == "sqlite"
            else engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )


@contextmanager
def write_transaction():
    """Open one write transaction on the current app's database and commit it at the end.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what is read in it stays
    true until it commits. On PostgreSQL (READ COMMITTED) only rows that it locked or changed stay
    so: whoever touches a run locks the run's row first. An exception rolls everything back.
    """
    with current_app.extensions["igny8.writer"].begin() as tx:
        yield tx


@contextmanager
def read_transaction():
    """Open a short read connection: one consistent picture, no lock that a writer would feel."""
    with current_app.extensions["igny8.reader"].connect() as connection:
        yield connection


def terminate_stalled_connections() -> int:
    """End what a peer of ours holds on PostgreSQL that fell silent in mid-statement; return how many connections.

    It froze: no timeout of the server's own ends that wait, and all who need its row locks would share it.
    """
    if (
        db.engine.dialect.name == "sqlite"
    ):  # which has no server, and one lock that is not to be taken for nothing
        return 0
    with write_transaction() as tx:
        return len(
            tx.execute(
                TERMINATE_STALLED, {"ours": APPLICATION_NAME, "after": STALL_TIMEOUT_S}
            ).all()
        )


def queue_name(database_url: str) -> str:
    """Return the name of the queue of all who work on this database: installations that share a Redis, such as a
    restored backup beside its original, do not hear each other's bells. Who signs on to the database is no part."""
    url = make_url(database_url)
    where = (url.host, url.port, url.database) if url.host else (platform.node(), url.database)
    return "igny8" + hashlib.sha256(repr(where).encode()).hexdigest()[:12]


def open_queue(url: str, name: str = "igny8") -> Huey:
    """Return Huey's queue, the bell, which carries no state: in an SQLite file of its own, in Redis,
    or in PostgreSQL; raise Igny8Error where it cannot even be prepared."""
    try:
        return _queue(url, name)
    except Exception as error:  # noqa: BLE001 - each kind of queue has errors of its own
        raise Igny8Error(
            f"HUEY_URL: the queue cannot be used: {str(error).strip().rstrip('.')}. Start its server, or "
            "name another queue: it holds no state."
        ) from error


def _queue(url: str, name: str) -> Huey:
    if url.startswith("sqlite:///"):
        return _queue_in_file(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        return PostgresHuey(name, dsn=url, results=False)
    return RedisHuey(name, url=f"{url}{'&' if '?' in url else '?'}{REDIS_TIMEOUTS}", results=False)


def _queue_in_file(path: Path) -> Huey:
    """Return the queue in a file; a spoilt one is set aside, for a bell holds nothing that could be lost."""
    try:
        return SqliteHuey("igny8", filename=str(path), results=False, strict_fifo=False)
    except sqlite3.OperationalError:  # locked, read-only, no room: somebody has to look at that
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_name(f"{path.name}.spoilt")
        log.warning(
            "the queue %s cannot be read (%s): set aside as %s, a new one is made",
            path,
            error,
            aside.name,
        )
        path.replace(aside)
        for more in ("-wal", "-shm"):
            path.with_name(path.name + more).unlink(missing_ok=True)
        return SqliteHuey("igny8", filename=str(path), results=False, strict_fifo=False)


def _configure_sqlite(connection, record) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _configure_postgresql(connection, record) -> None:
    """Let the server end a transaction whose client says nothing more, and give its locks back."""
    with connection.cursor() as cursor:
        for name, value in (
            ("idle_in_transaction_session_timeout", f"{STALL_TIMEOUT_S}s"),
            ("tcp_keepalives_idle", 5),
            ("tcp_keepalives_interval", 2),
            ("tcp_keepalives_count", 3),
            ("tcp_user_timeout", f"{STALL_TIMEOUT_S}s"),
        ):
            cursor.execute(f"SET {name} = '{value}'")
    connection.commit()


def _as_operational_error(context):
    """Return the error that says that the server ended our silent transaction as what it is: try again."""
    if getattr(context.original_exception, "sqlstate", None) != IDLE_IN_TRANSACTION_SQLSTATE:
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, context.parameters, context.original_exception)


def _begin_transaction(connection) -> None:
    write = connection.get_execution_options().get("igny8_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")
