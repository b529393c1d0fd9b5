"""On PostgreSQL, a worker that freezes inside a transaction does not block the others."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from igny8 import extensions
from igny8.engine.runs import start_run
from igny8.engine.work import recovery
from igny8.extensions import db, write_transaction
from igny8.models import Run
from tests.conftest import on_postgresql
from tests.factories import make_keywords
from tests.waiting import until


@on_postgresql
def test_silent_worker_loses_its_locks(app, site, run_of, monkeypatch):
    monkeypatch.setattr(extensions, "STALL_TIMEOUT_S", 1)
    db.engine.dispose()  # so that the next connections are new
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    run_id = run_of().id
    with pytest.raises(OperationalError), write_transaction() as frozen:
        Run.lock(frozen, run_id)
        with write_transaction() as other:
            assert Run.lock(other, run_id) is not None
        Run.lock(frozen, run_id)


@on_postgresql
def test_worker_frozen_within_a_statement_loses_its_locks(app, site, run_of, monkeypatch):
    monkeypatch.setattr(extensions, "STALL_TIMEOUT_S", 1)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    run_id, heartbeat = run_of().id, recovery.Heartbeat(0, "1")

    def rows():
        yield 1, run_id
        until(lambda: heartbeat.send() or _is_free(run_id), 10, "the run's lock", 0.1)
        yield 2, run_id

    with pytest.raises(psycopg.OperationalError), closing(db.engine.raw_connection()) as frozen:
        frozen.cursor().executemany(
            "UPDATE automation_run SET version = version + %s WHERE id = %s", rows()
        )


@on_postgresql
def test_worker_frozen_while_fetching_loses_its_locks(app, site, run_of, monkeypatch):
    """A request to flush, which drivers send at the end of many rows, turns the server's own clock off."""
    monkeypatch.setattr(extensions, "STALL_TIMEOUT_S", 1)
    db.engine.dispose()
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    run_id, heartbeat = run_of().id, recovery.Heartbeat(0, "1")
    with closing(db.engine.raw_connection()) as frozen:
        frozen.cursor().execute("SELECT id FROM automation_run WHERE id = %s FOR UPDATE", [run_id])
        wire = frozen.driver_connection.pgconn
        wire.enter_pipeline_mode()
        wire.send_flush_request()
        wire.flush()
        until(lambda: heartbeat.send() or _is_free(run_id), 10, "the run's lock", 0.1)
        frozen.invalidate()


@on_postgresql
def test_long_statement_is_not_terminated(app, monkeypatch):
    monkeypatch.setattr(extensions, "STALL_TIMEOUT_S", 0)
    db.engine.dispose()
    at_once = db.engine.execution_options(
        isolation_level="AUTOCOMMIT"
    )  # else it is idle within its transaction
    with ThreadPoolExecutor(1) as other, at_once.connect() as connection:
        asked = other.submit(connection.exec_driver_sql, "SELECT pg_sleep(1)")
        until(lambda: extensions.terminate_stalled_connections() or asked.done(), 10)
        assert asked.result().rowcount == 1


def _is_free(run_id: int) -> bool:
    """Return whether nobody holds the run."""
    with write_transaction() as tx:
        return (
            tx.execute(
                select(Run.id).where(Run.id == run_id).with_for_update(skip_locked=True)
            ).first()
            is not None
        )


@on_postgresql
def test_cut_connection_ends_on_both_sides(app):
    with write_transaction() as tx:
        own = tx.connection.driver_connection
        told = dict(
            tx.exec_driver_sql(
                "SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp_%%'"
            ).all()
        )
    assert told == {
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "10000",
    }
    assert own.info.get_parameters()["tcp_user_timeout"] == "10000"
