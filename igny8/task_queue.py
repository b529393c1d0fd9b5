"""Open the Huey queue that wakes the workers, with messages signed by this installation."""

import hashlib
import hmac
import importlib
import logging
import platform
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from sqlalchemy import make_url

from igny8.errors import Igny8Error
from igny8.pooler import is_pooled, use_no_session_state

# Timeouts in seconds; a consumer's blocking read lasts one second.
REDIS_TIMEOUTS = "socket_connect_timeout=5&socket_timeout=5"
FOREIGN_MESSAGE = (
    "dropped a queue message that this installation did not sign: another program writes to "
    "HUEY_URL, or IGNY8_SECRET_KEY differs between the processes of this installation"
)

log = logging.getLogger(__name__)


class SignedQueue(Huey):
    """Queue mixin that drops messages without a valid signature before unpickling them.

    Huey's messages are pickles, and unpickling runs code: see docs/security.md#the-queue.
    """

    def deserialize_task(self, data: bytes) -> Any:
        """Return the task of a message, or None if the signature is invalid."""
        try:
            return super().deserialize_task(data)
        except ValueError:  # raised by SignedSerializer before it unpickles
            log.warning(FOREIGN_MESSAGE)
            return None

    def _deserialize_all(self, messages: list[bytes]) -> list:
        return [task for task in super()._deserialize_all(messages) if task is not None]


class SqliteQueue(SignedQueue, SqliteHuey):
    """A queue in an SQLite file."""


class RedisQueue(SignedQueue, RedisHuey):
    """A queue on a Redis server."""


class PostgresQueue(SignedQueue, PostgresHuey):
    """A queue in a PostgreSQL database."""


def queue_name(database_url: str) -> str:
    """Return the queue name of an installation, derived from the location of its database.

    Installations that share a Redis server, such as a restored backup and its original, get
    different queues. User name, password and options are ignored.
    """
    url = make_url(database_url)
    where = (url.host, url.port, url.database) if url.host else (platform.node(), url.database)
    return "igny8" + hashlib.sha256(repr(where).encode()).hexdigest()[:12]


def open_queue(url: str, secret: str, name: str = "igny8") -> Huey:
    """Return the Huey queue at an SQLite, Redis or PostgreSQL URL; it stores no state.

    `secret` is the secret key of the installation: it signs the messages, and unsigned ones are
    dropped. Raise Igny8Error if the queue cannot be opened.
    """
    try:
        return _open(url, name, SignedSerializer(_signing_key(secret), salt="igny8 queue"))
    except Exception as error:  # each kind of queue has its own errors
        raise Igny8Error(
            f"HUEY_URL: the queue cannot be used: {str(error).strip().rstrip('.')}. Start its "
            "server, or name another queue: it holds no state."
        ) from error


def _signing_key(secret: str) -> str:
    return hmac.new(secret.encode(), b"igny8 queue messages", hashlib.sha256).hexdigest()


def _open(url: str, name: str, serializer: SignedSerializer) -> Huey:
    if url.startswith("sqlite:///"):
        return _open_file(Path(url.removeprefix("sqlite:///")), serializer)
    if url.startswith("postgresql://"):
        return _postgres_queue(name, url, serializer)
    separator = "&" if "?" in url else "?"
    return RedisQueue(
        name, url=f"{url}{separator}{REDIS_TIMEOUTS}", results=False, serializer=serializer
    )


def _postgres_queue(name: str, url: str, serializer: SignedSerializer) -> Huey:
    """Return the queue in a PostgreSQL database; behind a pooler it polls instead of LISTEN."""
    psycopg = importlib.import_module("psycopg")  # optional: only with PostgreSQL

    def connect() -> Any:
        connection = psycopg.connect(url, autocommit=True)
        if is_pooled(connection):
            use_no_session_state(connection)
        return connection

    with closing(connect()) as first:
        blocking = not is_pooled(first)
    return PostgresQueue(
        name, connection=connect, blocking=blocking, results=False, serializer=serializer
    )


def _open_file(path: Path, serializer: SignedSerializer) -> Huey:
    """Return the queue in a file; if the file is damaged, rename it and start an empty one."""
    try:
        return _sqlite_queue(path, serializer)
    except sqlite3.OperationalError:  # locked, read-only or disk full: an operator has to act
        raise
    except sqlite3.DatabaseError as error:
        aside = path.with_name(f"{path.name}.damaged")
        log.warning(
            "the queue file %s cannot be read (%s): renamed to %s, starting an empty one",
            path,
            error,
            aside.name,
        )
        path.replace(aside)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _sqlite_queue(path, serializer)


def _sqlite_queue(path: Path, serializer: SignedSerializer) -> Huey:
    return SqliteQueue(
        "igny8", filename=str(path), results=False, strict_fifo=False, serializer=serializer
    )
