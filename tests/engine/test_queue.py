"""The queue is a bell: a file that is spoilt is set aside, and nothing is lost with it."""

import random
from types import SimpleNamespace

import pytest

from igny8 import jobs
from igny8.engine import begin, tools
from igny8.errors import Igny8Error
from igny8.extensions import open_queue
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


def test_a_bell_that_nobody_can_take_is_not_waited_for(app, site, run_of, monkeypatch):
    monkeypatch.setattr(tools, "built_in", FakeProvider)
    make_keywords(site.id, 4)
    begin.run_now(site.id)
    worker = app.extensions["igny8.worker"] = jobs.WorkerProcess(app, 1)
    worker.heart.start()
    worker._consumer = SimpleNamespace(huey=SimpleNamespace(pending_count=lambda: 1))  # may be read, not written
    for _ in range(jobs.UNHEARD):
        assert run_of().q == 1.0
        worker._sweep()
    for thread in worker._threads:
        thread.join()
    assert run_of().state == "completed"
