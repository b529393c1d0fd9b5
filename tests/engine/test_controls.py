"""Pause, resume and cancel take effect at the item boundary, also with dead workers."""

import pytest
from sqlalchemy import func, select

from igny8.engine.runs import controls, start_run
from igny8.engine.work import recovery, worker_loop
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction
from igny8.models import RunItem
from tests.chaos.checker import Watcher, check, take
from tests.factories import change_settings, make_keywords


@pytest.fixture
def running(site):
    """Return the site with a run over 8 keywords in batches of 2."""
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    return site


def count(state: str) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).where(RunItem.state == state)).scalar()


def test_pause_waits_for_active_items_and_keeps_them(running, inline_worker, run_of, file):
    batch = inline_worker.claim()
    assert controls.pause(running.id)
    assert (run_of().state, run_of().desired_state) == ("running", "pause")
    assert inline_worker.claim() is None
    inline_worker.process(batch)
    worker_loop.advance(batch.run_id)
    assert (run_of().state, count("done")) == ("paused", 2)
    assert check(file) == []


def test_pause_without_active_items_is_immediate(running, run_of):
    controls.pause(running.id)
    assert run_of().state == "paused"


def test_worker_stops_at_the_item_boundary_on_pause(running, inline_worker, run_of):
    stops = iter([False, True])
    worker_loop.run_worker(
        inline_worker.heartbeat, inline_worker.tools_for, stopping=lambda: next(stops)
    )
    controls.pause(running.id)
    inline_worker.drain()
    assert (run_of().state, count("done"), len(inline_worker.provider.asked)) == ("paused", 2, 1)


def test_resumed_run_ends_like_an_unpaused_one(running, inline_worker, run_of, file):
    controls.pause(running.id)
    assert controls.resume(running.id)
    inline_worker.drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []


def test_resume_before_the_pause_keeps_the_run_running(running, inline_worker, run_of):
    inline_worker.claim()
    controls.pause(running.id)
    controls.resume(running.id)
    assert (run_of().state, run_of().desired_state) == ("running", "go")


@pytest.mark.parametrize("verb", [controls.pause, controls.cancel])
def test_repeated_click_has_no_effect(running, inline_worker, verb):
    inline_worker.claim()
    assert verb(running.id) is True
    assert verb(running.id) is False


def test_resuming_a_running_run_has_no_effect(running):
    assert controls.resume(running.id) is False


def test_cancel_waits_for_active_items_and_cancels_the_rest(running, inline_worker, run_of, file):
    batch = inline_worker.claim()
    controls.cancel(running.id)
    assert run_of().state == "running"
    inline_worker.process(batch)
    worker_loop.advance(batch.run_id)
    assert (run_of().state, count("done")) == ("cancelled", 2)
    assert count("cancelled") == 6 + 1
    assert check(file) == []


def test_cancel_completes_after_the_worker_died(running, inline_worker, run_of, file):
    batch = inline_worker.claim()
    controls.cancel(running.id)
    watching = recovery.Recovery(recovery.Heartbeat(0, "web"))
    watching.sweep()
    assert run_of().state == "running"
    recovery.requeue(batch.token, 0, "its worker was killed")
    watching.sweep()
    assert (run_of().state, count("cancelled")) == ("cancelled", 8)
    assert check(file) == []


def test_paused_run_can_be_cancelled(running, run_of, file):
    controls.pause(running.id)
    controls.cancel(running.id)
    assert run_of().state == "cancelled"
    assert check(file) == []


def test_run_being_cancelled_accepts_no_other_action(running, inline_worker):
    inline_worker.claim()
    controls.cancel(running.id)
    for verb in (controls.pause, controls.resume):
        with pytest.raises(ActionRefused, match="is being cancelled"):
            verb(running.id)


def test_ended_run_accepts_no_action(running, inline_worker):
    inline_worker.drain()
    for verb in (controls.pause, controls.resume, controls.cancel):
        with pytest.raises(ActionRefused, match="has ended already"):
            verb(running.id)


def test_bar_of_a_cancelled_run_keeps_its_position(running, inline_worker, run_of, file):
    watcher = Watcher()
    inline_worker.process(inline_worker.claim())
    rest = run_of().bar_remaining
    watcher.see(take(file))
    controls.cancel(running.id)
    assert watcher.see(take(file)) == []
    assert run_of().bar_remaining == rest < 1
