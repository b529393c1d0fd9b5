"""The database object of an app, and its transactions."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, MetaData, TypeDecorator, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from igny8.errors import Igny8Error
from igny8.pooler import is_pooled, use_no_session_state

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Limits how long a frozen or disconnected process can hold row locks (docs/engine.md#recovery).
STALL_TIMEOUT_S = 10
IDLE_IN_TRANSACTION_SQLSTATE = "25P03"
APPLICATION_NAME = "igny8"
POOLED = "igny8_pooled"  # marks a connection through a pooler
PG_CONNECT_ARGS = {
    "connect_timeout": STALL_TIMEOUT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * STALL_TIMEOUT_S,
    "application_name": APPLICATION_NAME,
}
# The server's idle timeout does not cover a client that freezes while it reads the rows of a
# statement, and the flush request that the driver sends after many rows turns that timeout off.
TERMINATE_STALLED = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename = current_user AND application_name = :ours AND state <> 'idle' "
    "AND wait_event = 'ClientRead' "
    "AND state_change < clock_timestamp() - make_interval(secs => :after)"
)

db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING_CONVENTION))


class UtcDateTime(TypeDecorator):
    """Column type for times: aware UTC in Python, naive UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the naive UTC value to store."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the aware UTC value."""
        return None if value is None else value.replace(tzinfo=UTC)


def bind_database(app: Flask) -> None:
    """Bind `db` to the app and configure connections (docs/decisions/0002 for SQLite)."""
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        raise Igny8Error(
            f"DATABASE_URL needs the Python package {error.name}: "
            "install IGNY8 with “pip install igny8[team]”."
        ) from error
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_transaction)
        else:
            event.listen(engine, "connect", _configure_postgresql)
            event.listen(engine, "begin", _limit_idle_time)
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
def write_transaction() -> Iterator[Connection]:
    """Yield a connection in a write transaction; commit at the end, roll back on an exception.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so nothing it reads can change
    before it commits. On PostgreSQL (READ COMMITTED) this holds only for rows that it locked or
    changed: lock the row of a run before changing anything of the run.
    """
    with current_app.extensions["igny8.writer"].begin() as tx:
        yield tx


@contextmanager
def read_transaction() -> Iterator[Connection]:
    """Yield a connection with one consistent view of the data, without blocking writers."""
    with current_app.extensions["igny8.reader"].connect() as connection:
        yield connection


def terminate_stalled_connections() -> int:
    """Terminate PostgreSQL connections that stalled inside a statement; return how many.

    No server timeout covers a frozen client in that state, and its row locks would block others.
    """
    if db.engine.dialect.name == "sqlite":  # has no server process; avoid taking its write lock
        return 0
    with write_transaction() as tx:
        return len(
            tx.execute(
                TERMINATE_STALLED, {"ours": APPLICATION_NAME, "after": STALL_TIMEOUT_S}
            ).all()
        )


def _configure_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
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


def _configure_postgresql(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    """Make the server end transactions of unresponsive clients, freeing their locks.

    Behind a pooler, session settings would affect other clients: see _limit_idle_time.
    """
    if is_pooled(connection):
        use_no_session_state(connection)
        record.info[POOLED] = True
        connection.rollback()
        return
    with closing(connection.cursor()) as cursor:
        for name, value in (
            ("idle_in_transaction_session_timeout", f"{STALL_TIMEOUT_S}s"),
            ("tcp_keepalives_idle", 5),
            ("tcp_keepalives_interval", 2),
            ("tcp_keepalives_count", 3),
            ("tcp_user_timeout", f"{STALL_TIMEOUT_S}s"),
        ):
            cursor.execute(f"SET {name} = '{value}'")
    connection.commit()


def _limit_idle_time(connection: Connection) -> None:
    """Set the limit for idle transactions per transaction, as a pooler has no session."""
    if connection.info.get(POOLED):
        connection.exec_driver_sql(
            f"SET LOCAL idle_in_transaction_session_timeout = '{STALL_TIMEOUT_S}s'"
        )


def _as_operational_error(context: ExceptionContext) -> OperationalError | None:
    """Return an idle-in-transaction timeout as an OperationalError, which callers retry."""
    if getattr(context.original_exception, "sqlstate", None) != IDLE_IN_TRANSACTION_SQLSTATE:
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, context.parameters, context.original_exception)


def _begin_transaction(connection: Connection) -> None:
    write = connection.get_execution_options().get("igny8_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")
