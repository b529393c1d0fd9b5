"""PostgreSQL behind a real PgBouncer in transaction mode: no session outlives a transaction."""

import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text

from igny8.extensions import db, read_transaction, write_transaction
from igny8.task_queue import open_queue
from tests.conftest import SECRET, make_app, on_postgresql
from tests.security.outside import Stronghold, Visitor
from tests.servers import PgBouncer, find_program, running

pytestmark = [
    on_postgresql,
    pytest.mark.skipif(not find_program("pgbouncer"), reason="PgBouncer is not installed"),
]
SERVER_CONNECTIONS = 2


@pytest.fixture(scope="module")
def pooler(postgres):
    """Return a PgBouncer whose clients share two connections."""
    with running(PgBouncer(postgres, SERVER_CONNECTIONS)) as running_pooler:
        yield running_pooler


def test_many_threads_share_two_pooled_connections(database, pooler, tmp_path):
    app = make_app(tmp_path, pooler.url(database.name))

    def work(number: int) -> set[str]:
        seen = set()
        with app.app_context():
            for _ in range(8):  # psycopg would prepare a statement at its sixth use
                with read_transaction() as tx:
                    seen.add(tx.execute(text("SHOW transaction_isolation")).scalar_one())
                with write_transaction() as tx:
                    seen.add(
                        tx.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one()
                    )
        return seen

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(work, range(8)))
    assert results == [{"repeatable read", "10s"}] * 8
    with app.app_context():
        db.engine.dispose()


def test_session_state_does_not_reach_other_clients(database, pooler, tmp_path):
    app = make_app(tmp_path, pooler.url(database.name))
    with app.app_context(), write_transaction() as tx:
        tx.execute(text("SELECT 1"))
    with app.app_context():
        db.engine.dispose()
    address = pooler.url(database.name).replace("+psycopg", "")
    with psycopg.connect(address, prepare_threshold=None) as other:
        for _ in range(SERVER_CONNECTIONS):
            shown = other.execute("SHOW idle_in_transaction_session_timeout").fetchone()
            assert shown == ("0",)
            assert other.execute("SELECT name FROM pg_prepared_statements").fetchall() == []
            other.commit()


def test_queue_behind_pgbouncer_wakes_workers(database, pooler):
    address = pooler.url(database.name).replace("+psycopg", "")
    queue = open_queue(address, SECRET)
    wakeup = queue.task(name="wakeup")(lambda: None)
    for _ in range(8):
        wakeup()
        assert queue.dequeue().name == "wakeup"
    assert queue.dequeue() is None
    queue.storage.close()


def test_run_works_through_pgbouncer_and_backup_around_it(database, pooler, tmp_path):
    address = pooler.url(database.name).replace("+psycopg", "")
    product = Stronghold(tmp_path / "var", DATABASE_URL=address, HUEY_URL=address)
    product.start()
    visitor = Visitor(product.address, product.cookies())
    visitor.take_in(visitor.new_site("Pooled"), ["garden shed", "garden pond", "rose pruning"])
    visitor.run("pooled")
    refused = product.command("backup", str(tmp_path / "refused.zip"))
    backup = product.command("backup", str(tmp_path / "backup.zip"), DATABASE_URL=database.url)
    product.stop()
    assert refused.returncode == 1 and "leads to a pooler" in refused.stderr
    assert backup.returncode == 0, backup.stderr
    assert not re.search("prepared statement|Traceback|ERROR", product.written), product.written
