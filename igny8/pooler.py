"""Detect a pooler such as PgBouncer between this process and PostgreSQL.

In its transaction mode every transaction may use another server process, so session features do not
work: prepared statements, SET, LISTEN.
"""

from typing import Any


def is_pooled(connection: Any) -> bool:
    """Return whether a psycopg connection goes through a pooler.

    A pooler reports a process id that differs from that of PostgreSQL's process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [process_id] = cursor.fetchone()
    return bool(process_id != connection.info.backend_pid)


def use_no_session_state(connection: Any) -> None:
    """Disable prepared statements on a psycopg connection."""
    connection.prepare_threshold = None
