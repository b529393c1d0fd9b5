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


def test_a_pause_waits_for_what_is_in_work_and_keeps_it(running, inline_worker, run_of, file):
    batch = inline_worker.claim()
    assert controls.pause(running.id)
    assert (run_of().state, run_of().desired_state) == ("running", "pause")
    assert inline_worker.claim() is None
    inline_worker.process(batch)
    worker_loop.advance(batch.run_id)
    assert (run_of().state, count("done")) == ("paused", 2)
    assert check(file) == []


def test_a_pause_with_nothing_in_work_takes_effect_at_once(running, run_of):
    controls.pause(running.id)
    assert run_of().state == "paused"


def test_the_pump_stops_at_the_item_boundary_when_a_pause_is_wished(running, inline_worker, run_of):
    stops = iter([False, True])
    worker_loop.run_worker(
        inline_worker.heartbeat, inline_worker.tools_for, stopping=lambda: next(stops)
    )
    controls.pause(running.id)
    inline_worker.drain()
    assert (run_of().state, count("done"), len(inline_worker.provider.asked)) == ("paused", 2, 1)


def test_a_resumed_run_ends_as_if_it_had_not_been_paused(running, inline_worker, run_of, file):
    controls.pause(running.id)
    assert controls.resume(running.id)
    inline_worker.drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []


def test_a_wish_taken_back_in_time_leaves_the_run_running(running, inline_worker, run_of):
    inline_worker.claim()
    controls.pause(running.id)
    controls.resume(running.id)
    assert (run_of().state, run_of().desired_state) == ("running", "go")


@pytest.mark.parametrize("verb", [controls.pause, controls.cancel])
def test_a_click_repeated_is_a_friendly_no_op(running, inline_worker, verb):
    inline_worker.claim()
    assert verb(running.id) is True
    assert verb(running.id) is False


def test_resuming_what_goes_on_is_a_friendly_no_op(running):
    assert controls.resume(running.id) is False


def test_a_cancel_waits_for_what_is_in_work_and_cancels_the_rest(
    running, inline_worker, run_of, file
):
    batch = inline_worker.claim()
    controls.cancel(running.id)
    assert run_of().state == "running"
    inline_worker.process(batch)
    worker_loop.advance(batch.run_id)
    assert (run_of().state, count("done")) == ("cancelled", 2)
    assert count("cancelled") == 6 + 1
    assert check(file) == []


def test_a_cancel_is_completed_though_the_worker_is_dead(running, inline_worker, run_of, file):
    batch = inline_worker.claim()
    controls.cancel(running.id)
    watching = recovery.Recovery(recovery.Heartbeat(0, "web"))
    watching.sweep()
    assert run_of().state == "running"
    recovery.requeue(batch.token, 0, "its worker was killed")
    watching.sweep()
    assert (run_of().state, count("cancelled")) == ("cancelled", 8)
    assert check(file) == []


def test_a_paused_run_can_be_cancelled(running, run_of, file):
    controls.pause(running.id)
    controls.cancel(running.id)
    assert run_of().state == "cancelled"
    assert check(file) == []


def test_a_run_being_cancelled_takes_no_other_wish(running, inline_worker):
    inline_worker.claim()
    controls.cancel(running.id)
    for verb in (controls.pause, controls.resume):
        with pytest.raises(ActionRefused, match="is being cancelled"):
            verb(running.id)


def test_an_ended_run_takes_no_wish(running, inline_worker):
    inline_worker.drain()
    for verb in (controls.pause, controls.resume, controls.cancel):
        with pytest.raises(ActionRefused, match="has ended already"):
            verb(running.id)


def test_the_bar_of_a_cancelled_run_stays_where_it_was(running, inline_worker, run_of, file):
    watcher = Watcher()
    inline_worker.process(inline_worker.claim())
    rest = run_of().bar_remaining
    watcher.see(take(file))
    controls.cancel(running.id)
    assert watcher.see(take(file)) == []
    assert run_of().bar_remaining == rest < 1
