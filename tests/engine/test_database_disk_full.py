"""A full disk of the database is one clear line per minute, not a traceback per attempt."""

import logging
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from igny8 import clock, jobs, logs
from igny8.engine import db_retry

FULL = OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))
LOST = OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))


@pytest.fixture
def lines(monkeypatch):
    """Return the formatted lines that the log of the process would have."""
    found: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(logs.LogfmtFormatter())
    handler.addFilter(logs.RepeatFilter())
    monkeypatch.setattr(handler, "emit", lambda record: found.append(handler.format(record)))
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


def fail_for(seconds: float, error: Exception, monkeypatch) -> None:
    """Let a call fail with the error until the retries give up."""
    now = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(clock, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(db_retry, "MAX_WAIT_S", seconds)

    def call():
        raise error

    with pytest.raises(OperationalError):
        db_retry.retry_on_disconnect(call)


def test_full_disk_is_logged_once_per_minute_without_traceback(lines, monkeypatch):
    fail_for(110, FULL, monkeypatch)
    assert len(lines) == 2 and all("free some space" in line for line in lines)
    assert "Traceback" not in "".join(lines)


def test_lost_connection_keeps_its_traceback(lines, monkeypatch):
    fail_for(10, LOST, monkeypatch)
    assert len(lines) == 1 and "server closed the connection" in lines[0]


def test_background_threads_report_a_full_disk_in_the_same_line(app, lines, monkeypatch):
    process = jobs.WorkerProcess(app, 0)
    monkeypatch.setattr(process.stopping, "wait", lambda _: process.stopping.set())

    def heartbeat():
        raise FULL

    process._repeat(1.0, heartbeat)
    assert len(lines) == 1 and "free some space" in lines[0]
