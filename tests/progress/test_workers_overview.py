"""The workers: who is alive, what they do, with what version, and what was given back."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from igny8 import clock, progress
from igny8.engine.runs import start_run
from igny8.engine.work.recovery import requeue
from igny8.extensions import write_transaction
from igny8.models import Worker
from tests.factories import make_keywords


@pytest.fixture
def batch(site, inline_worker):
    """A claim of the only worker."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    return inline_worker.claim()


def add_worker(**values) -> None:
    with write_transaction() as tx:
        tx.execute(
            insert(Worker),
            {
                "host": "other/boot/pid",
                "pid": 7,
                "process_started_at": 1.0,
                "slots": 4,
                "version": "test",
                **values,
            },
        )


def test_worker_shows_its_items(batch):
    (worker,) = progress.workers_overview("test")["workers"]
    assert (worker["state"], worker["other_version"]) == ("working", False)
    assert worker["doing"][0]["title"] in {item.title for item in batch.items}
    assert (worker["doing"][0]["slug"], worker["doing"][0]["stage"]) == ("green", 1)
    assert len(worker["doing"]) + worker["more"] == len(batch.items)


def test_lost_killed_and_stopped_workers_come_last(batch, inline_worker):
    add_worker(last_seen=clock.now() - timedelta(minutes=2))
    add_worker(pid=8, stopped_at=clock.now())
    add_worker(pid=9, stopped_at=clock.now(), killed=True)
    add_worker(pid=10, last_seen=clock.now() - timedelta(days=2))
    found = progress.workers_overview("test")
    assert [w["state"] for w in found["workers"]] == ["working", "lost", "killed", "stopped"]
    assert (found["online"], found["slots"]) == (1, 1)
    assert found["workers"][1]["host"] == "other"


def test_outdated_worker_is_marked_while_alive(batch, inline_worker):
    add_worker(version="0.0.9", stopped_at=clock.now())
    assert [w["other_version"] for w in progress.workers_overview("new")["workers"]] == [
        True,
        False,
    ]


def test_wrong_clock_is_marked(batch):
    for skew, is_off in ((None, False), (4.0, False), (-6.0, True)):
        with write_transaction() as tx:
            tx.execute(update(Worker).values(skew=skew))
        assert progress.workers_overview("test")["workers"][0]["clock_is_off"] is is_off


def test_heartbeat_compares_clock_with_the_database_server(
    batch, inline_worker, hours_later, database
):
    hours_later(100)
    inline_worker.heartbeat.send()
    skew = progress.workers_overview("test")["workers"][0]["skew"]
    assert skew == (pytest.approx(100, abs=3) if database.url else None)


def test_crashed_and_failed_items_are_listed(batch, inline_worker):
    for times in range(1, 4):
        again = batch if times == 1 else inline_worker.claim()
        for item in again.items:
            assert requeue(again.token, 0, "it was killed") or item
        found = progress.workers_overview("test")
        counts = {line["crashes"] for line in found["given_back"] + found["quarantined"]}
        assert times in counts
    assert [line["error"] for line in found["quarantined"]] == ["crashed its worker 3 times"]
    assert found["quarantined"][0]["state"] == "failed"
