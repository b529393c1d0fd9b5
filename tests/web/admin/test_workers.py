"""The workers page: one sentence where one is due, and a list of who works."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import insert, update

from igny8 import clock
from igny8.engine.runs import start_run
from igny8.engine.work.recovery import requeue
from igny8.extensions import write_transaction
from igny8.models import Worker
from igny8.version import version
from tests.factories import make_keywords


@pytest.fixture
def working(site, inline_worker):
    """A worker of this version with a claim; return the claim."""
    make_keywords(site, 8)
    start_run.start_run(site)
    with write_transaction() as tx:
        tx.execute(update(Worker).values(version=version()))
    return inline_worker.claim()


def text_of(client, address: str = "/workers") -> str:
    return " ".join(BeautifulSoup(client.get(address).text, "html.parser").get_text(" ").split())


def test_page_without_a_worker_says_how_to_start_one(client, site):
    text = text_of(client)
    assert "No worker is running, so no work is done." in text and "igny8 worker" in text


def test_active_worker_is_shown_without_warning(client, working):
    soup = BeautifulSoup(client.get("/workers").text, "html.parser")
    row = soup.select_one("tbody tr").text
    assert "Working" in row and any(item.title in row for item in working.items)
    assert soup.select(".notice") == [] and "in 1 process" in text_of(client)


def test_outdated_worker_gives_a_warning(client, working):
    with write_transaction() as tx:
        tx.execute(
            insert(Worker),
            {
                "host": "old/x/y",
                "pid": 7,
                "process_started_at": 1.0,
                "slots": 2,
                "version": "0.0.9",
            },
        )
    assert "1 worker runs another version than this page." in text_of(client)


def test_upgraded_tables_are_reported(client, working):
    assert "newer than this page" not in text_of(client)
    with write_transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "The database is newer than this page." in text_of(client)


def test_wrong_clock_gives_a_warning(client, working):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(skew=-95.4))
    assert "differs from the database server's by up to 95 s" in text_of(client)


def test_stuck_run_is_explained(client, working):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(stopped_at=clock.now()))
    text = text_of(client)
    assert "Stuck runs" in text and "claimed by a worker that is gone" in text


def test_requeued_items_are_listed(client, working):
    requeue(working.token, 0, "it was killed")
    text = text_of(client)
    assert "Requeued" in text and working.items[0].title in text


def test_page_and_poll_share_the_same_parts(client, working):
    soup = BeautifulSoup(client.get("/workers").text, "html.parser")
    address = soup.select_one("#workers")["hx-get"]
    page, part = (
        found.select_one("#workers")
        for found in (soup, BeautifulSoup(client.get(address).text, "html.parser"))
    )
    assert [tag.name for tag in part.find_all(True)] == [tag.name for tag in page.find_all(True)]
    assert part["hx-get"] == address


def test_reading_writes_nothing(client, working, statements):
    with statements() as seen:
        client.get("/workers")
    assert {statement.split()[0].upper() for statement in seen} <= {"SELECT", "PRAGMA"}
    assert len(seen) <= 9
