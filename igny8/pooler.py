"""Detect a pooler such as PgBouncer between this process and PostgreSQL.

In its transaction mode every transaction may use another server process, so nothing of a session
works: prepared statements, SET, LISTEN.
"""

from typing import Any


def is_pooled(connection: Any) -> bool:
    """Return whether a psycopg connection goes through a pooler.

    A pooler greets its clients with a process id that is not that of PostgreSQL's process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [process_id] = cursor.fetchone()
    return bool(process_id != connection.info.backend_pid)


def use_no_session_state(connection: Any) -> None:
    """Prepare no statements on a psycopg connection: another transaction could not use them."""
    connection.prepare_threshold = None
