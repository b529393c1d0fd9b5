"""The queue is a bell: a file that is spoilt is set aside, and nothing is lost with it."""

import random
from types import SimpleNamespace

import pytest

from igny8 import jobs
from igny8.engine.runs import start_run
from igny8.engine.work import tools
from igny8.errors import Igny8Error
from igny8.extensions import open_queue, queue_name
from tests.conftest import on_postgresql
from tests.factories import make_keywords
from tests.fakes import FakeProvider


def test_a_spoilt_queue_is_set_aside_and_made_anew(tmp_path):
    garbage = random.Random(1).randbytes(8192)
    (tmp_path / "huey.db").write_bytes(garbage)
    huey = open_queue(f"sqlite:///{tmp_path / 'huey.db'}")
    assert huey.pending_count() == 0
    assert (tmp_path / "huey.db.spoilt").read_bytes() == garbage


def test_a_queue_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "huey.db").mkdir()
    with pytest.raises(Igny8Error, match="HUEY_URL"):
        open_queue(f"sqlite:///{tmp_path / 'huey.db'}")
    assert (tmp_path / "huey.db").is_dir()


@on_postgresql
def test_installations_that_share_a_queue_server_do_not_hear_each_other(database):
    server = database.url.replace("+psycopg", "")
    ours, copy = (
        open_queue(server, queue_name(f"postgresql+psycopg://me@db/{name}"))
        for name in ("green", "copy")
    )
    ours.task(name="bell")(lambda: None)()
    assert (ours.pending_count(), copy.pending_count()) == (1, 0)
    ours.storage.close()
    copy.storage.close()


def test_who_signs_on_to_a_database_and_how_is_no_part_of_its_queue():
    assert queue_name("postgresql+psycopg://me:secret@db/green") == queue_name(
        "postgresql+psycopg://you@db/green?a=b"
    )
    assert queue_name("sqlite:////srv/a.db") != queue_name("sqlite:////srv/b.db")


@pytest.fixture
def worker(app, site, monkeypatch):
    """Return a worker process for whom a run of four keywords waits, and whose threads listen to no queue."""
    monkeypatch.setattr(tools, "load_builtin_provider", FakeProvider)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    found = app.extensions["igny8.worker"] = jobs.WorkerProcess(app, 1)
    found.heartbeat.register()
    return found


@pytest.mark.parametrize("bells", [1, 0], ids=["it may be read, not taken", "others take it"])
def test_a_bell_that_is_never_heard_is_not_waited_for(worker, run_of, bells):
    worker._consumer = SimpleNamespace(huey=SimpleNamespace(pending_count=lambda: bells))
    for _ in range(jobs.MAX_MISSED_SWEEPS):
        assert run_of().bar_remaining == 1.0
        worker._sweep()
    for thread in worker._threads:
        thread.join()
    assert run_of().state == "completed"


def test_a_thread_without_a_bell_takes_no_slot_that_is_taken(worker, run_of):
    with worker.reserve_slot():
        jobs._work()
    assert run_of().bar_remaining == 1.0
    jobs._work()
    assert run_of().state == "completed"
