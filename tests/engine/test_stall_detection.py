"""A run without a worker: logged once when it stalls and once when it continues."""

import pytest
from sqlalchemy import select, update

from igny8 import clock, progress
from igny8.engine.runs import controls, start_run
from igny8.engine.work import heartbeat, recovery
from igny8.extensions import read_transaction, write_transaction
from igny8.models import RunEvent, Worker
from tests.chaos.checker import check
from tests.factories import make_keywords


@pytest.fixture
def started(site, inline_worker):
    """A run with an item settled; its worker is alive."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    inline_worker.heartbeat.send()
    return site


@pytest.fixture
def later(monkeypatch):
    """Return a function that lets the monotonic clock go on."""
    real, gone = clock.monotonic, [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: real() + gone[0])

    def jump(seconds: float) -> None:
        gone[0] += seconds

    return jump


@pytest.fixture
def web(app):
    """Return the heart of a process that only watches."""
    return recovery.Recovery(recovery.Heartbeat(0, "test"))


def changes() -> list[str]:
    """Return the kinds of the events that tell of stalls, in order."""
    with read_transaction() as tx:
        return (
            tx.execute(
                select(RunEvent.kind)
                .where(RunEvent.kind.in_(("stalled", "recovered")))
                .order_by(RunEvent.id)
            )
            .scalars()
            .all()
        )


def test_stall_and_its_end_are_logged_once(started, inline_worker, web, later, run_of, file):
    web.sweep()
    later(16)
    for watcher in (web, web):
        watcher.sweep()
    assert changes() == ["stalled"]
    assert run_of().stalled_at is not None and run_of().active_since is None
    assert check(file) == []
    inline_worker.heartbeat.send()
    for _ in range(2):
        inline_worker.sweep()
        web.sweep()
    assert changes() == ["stalled", "recovered"]
    assert run_of().stalled_at is None and run_of().active_since is not None
    assert check(file) == []


def test_busy_worker_with_heartbeats_is_no_stall(started, inline_worker, web, later):
    for _ in range(5):
        web.sweep()
        later(10)
        with write_transaction() as tx:
            tx.execute(update(Worker).values(last_seen=clock.now()))
    assert changes() == []


def test_wall_clock_jump_is_no_stall(started, web, hours_later):
    web.sweep()
    hours_later(3600)
    web.sweep()
    assert changes() == []


def test_two_processes_log_one_stall(started, web, later):
    other = recovery.Recovery(recovery.Heartbeat(0, "test"))
    for watcher in (web, other):
        watcher.sweep()
    later(16)
    for watcher in (web, other):
        watcher.sweep()
    assert changes() == ["stalled"]


def test_worker_logs_a_past_stall(started, inline_worker, run_of, hours_later, monkeypatch):
    inline_worker.heartbeat.stop()
    seen = run_of().version
    hours_later(3 * 3600)
    for module in (heartbeat, recovery):
        monkeypatch.setattr(module, "host_id", lambda: "another machine")
    again = recovery.Recovery(recovery.Heartbeat(1, "test"))
    again.start()
    again.heartbeat.send()
    again.sweep()
    assert changes() == ["stalled", "recovered"]
    assert run_of().version > seen
    with read_transaction() as tx:
        stalled, recovered = tx.execute(
            select(RunEvent.at, RunEvent.message)
            .where(RunEvent.kind.in_(("stalled", "recovered")))
            .order_by(RunEvent.id)
        ).all()
    assert (recovered.at - stalled.at).total_seconds() == pytest.approx(3 * 3600, abs=60)
    assert recovered.message.endswith("a worker is running again after 3 h")


def test_quick_restart_is_no_stall(started, inline_worker, monkeypatch):
    inline_worker.heartbeat.stop()
    for module in (heartbeat, recovery):
        monkeypatch.setattr(module, "host_id", lambda: "another machine")
    recovery.Recovery(recovery.Heartbeat(1, "test")).start()
    assert changes() == []


def test_stalled_time_does_not_count_as_duration(
    started, inline_worker, web, later, hours_later, run_of
):
    web.sweep()
    later(16)
    hours_later(3600)
    web.sweep()
    inline_worker.heartbeat.send()
    inline_worker.sweep()
    assert progress.snapshot(started)["metrics"]["duration_seconds"] < 60


@pytest.mark.parametrize(
    ("verb", "state"), [(controls.pause, "paused"), (controls.cancel, "cancelled")]
)
def test_paused_or_cancelled_run_is_not_stalled(started, web, later, run_of, verb, state, file):
    web.sweep()
    later(16)
    web.sweep()
    verb(started.id)
    assert (run_of().state, run_of().stalled_at) == (state, None)
    web.sweep()
    assert changes() == ["stalled"]
    assert check(file) == []


def test_stall_and_its_end_are_shown(started, inline_worker, web, later):
    web.sweep()
    later(16)
    web.sweep()
    inline_worker.heartbeat.send()
    inline_worker.sweep()
    told = [line["message"] for line in progress.snapshot(started)["activity"]]
    assert told[0].startswith("Run #1 continues: a worker is running again after")
    assert told[1] == "Run #1 stalled: no worker is running"
