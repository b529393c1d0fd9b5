"""Workers find work without the queue when its messages are lost."""

from types import SimpleNamespace

import pytest

from igny8 import jobs
from igny8.engine.runs import start_run
from igny8.engine.work import tools
from tests.factories import make_keywords
from tests.fakes import FakeProvider


@pytest.fixture
def worker(app, site, monkeypatch):
    """Return a worker process with a run of four keywords waiting and no queue consumer."""
    monkeypatch.setattr(tools, "load_builtin_provider", FakeProvider)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    found = app.extensions["igny8.worker"] = jobs.WorkerProcess(app, 1)
    found.heartbeat.register()
    return found


@pytest.mark.parametrize("pending", [1, 0], ids=["messages stay", "others take them"])
def test_sweep_works_when_no_message_arrives(worker, run_of, pending):
    worker._consumer = SimpleNamespace(huey=SimpleNamespace(pending_count=lambda: pending))
    for _ in range(jobs.MAX_MISSED_SWEEPS):
        assert run_of().bar_remaining == 1.0
        worker._sweep()
    for thread in worker._threads:
        thread.join()
    assert run_of().state == "completed"


def test_sweep_thread_takes_only_a_free_slot(worker, run_of):
    with worker.reserve_slot():
        jobs._work()
    assert run_of().bar_remaining == 1.0
    jobs._work()
    assert run_of().state == "completed"
