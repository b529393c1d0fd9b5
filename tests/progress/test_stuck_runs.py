"""A run that does not move is explained in one sentence; one that moves, or was told to wait, is not named."""

import pytest
from sqlalchemy import update

from igny8 import clock, progress
from igny8.engine.runs import controls, start_run
from igny8.engine.runs.transitions import advance
from igny8.extensions import write_transaction
from igny8.models import Run, RunItem, RunStage, Worker
from tests.factories import make_keywords
from tests.fakes import FakeProvider, passing


@pytest.fixture
def run(site, inline_worker):
    """The id of a run of 8 keywords that has begun; a worker is alive."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    return inline_worker.claim().run_id


@pytest.fixture
def between(site, inline_worker):
    """The id of a run of which nothing is in work at this moment."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    inline_worker.process(batch)
    advance(batch.run_id)
    return batch.run_id


def told() -> list[tuple]:
    return [(line["kind"], line["level"]) for line in progress.find_stuck_runs()]


def set_run(run_id: int, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Run).where(Run.id == run_id).values(**values))


def test_active_run_is_not_reported(run):
    assert progress.find_stuck_runs() == []


def test_paused_run_is_not_reported(site, between):
    controls.pause(site.id)
    assert progress.find_stuck_runs() == []


def test_run_without_a_worker_is_stalled_with_a_remedy(between, inline_worker):
    inline_worker.heartbeat.stop()
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("stalled", "bad")
    assert line["text"] == "Run #1 of Green has stopped because no worker is running."
    assert "igny8 worker" in line["cure"]


def test_items_of_a_dead_worker_are_counted(run, inline_worker, hours_later):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(stopped_at=clock.now()))
    assert told() == [("orphaned", "bad")]


def test_blocked_run_shows_its_reason(run):
    set_run(run, state="blocked", status_reason="The key was refused.", block_kind="credentials")
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["text"]) == (
        "blocked",
        "Run #1 of Green is blocked: The key was refused.",
    )


def test_slow_item_is_reported_and_recovers(run):
    with write_transaction() as tx:
        tx.execute(
            update(RunItem)
            .where(RunItem.state == "active")
            .values(started_at=clock.now().timestamp() - 1300)
        )
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("slow", "warn")
    assert "for 22 minutes" in line["text"]


def test_items_waiting_for_a_retry_do_not_make_a_run_stuck(site, inline_worker, monkeypatch):
    make_keywords(site.id, 8)
    at = clock.now()
    monkeypatch.setattr(
        clock, "now", lambda: at
    )  # else a slow machine comes after the next try is due
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"cluster": lambda _: passing()}))
    assert told() == [("waiting", "note")]


def test_unclaimed_items_with_idle_workers_are_a_stuck_run(between, inline_worker, hours_later):
    assert progress.find_stuck_runs() == []
    hours_later(90)
    inline_worker.heartbeat.send()
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("stuck", "bad")
    assert "nobody takes them" in line["text"]


def test_finished_stage_that_does_not_advance_is_a_stuck_run(between, inline_worker, hours_later):
    with write_transaction() as tx:
        tx.execute(
            update(RunStage)
            .where(RunStage.run_id == between, RunStage.queued > 0)
            .values(input=RunStage.input - RunStage.queued, queued=0)
        )
        tx.execute(RunItem.__table__.delete().where(RunItem.state == "queued"))
    hours_later(90)
    inline_worker.heartbeat.send()
    assert "nobody moved it on" in progress.find_stuck_runs()[0]["text"]


def test_every_language_has_the_same_keys(run, inline_worker):
    inline_worker.heartbeat.stop()
    assert set(progress.find_stuck_runs()[0]) == {
        "site",
        "slug",
        "number",
        "run_id",
        "kind",
        "level",
        "since",
        "text",
        "cure",
    }
