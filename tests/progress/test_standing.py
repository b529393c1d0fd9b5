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


def test_a_run_that_is_worked_on_is_not_named(run):
    assert progress.find_stuck_runs() == []


def test_a_run_that_somebody_paused_is_not_named(site, between):
    controls.pause(site.id)
    assert progress.find_stuck_runs() == []


def test_without_a_worker_a_run_is_stalled_and_the_cure_is_named(between, inline_worker):
    inline_worker.heartbeat.stop()
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("stalled", "bad")
    assert line["text"] == "Run #1 of Green has stopped because no worker is running."
    assert "igny8 worker" in line["cure"]


def test_items_in_the_hands_of_a_dead_worker_are_counted(run, inline_worker, hours_later):
    with write_transaction() as tx:
        tx.execute(update(Worker).values(stopped_at=clock.now()))
    assert told() == [("orphaned", "bad")]


def test_a_blocked_run_says_why(run):
    set_run(run, state="blocked", status_reason="The key was refused.", block_kind="credentials")
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["text"]) == (
        "blocked",
        "Run #1 of Green is blocked: The key was refused.",
    )


def test_an_item_that_takes_long_is_named_and_passes_by_itself(run):
    with write_transaction() as tx:
        tx.execute(
            update(RunItem)
            .where(RunItem.state == "active")
            .values(started_at=clock.now().timestamp() - 1300)
        )
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("slow", "warn")
    assert "for 22 minutes" in line["text"]


def test_items_that_wait_for_their_next_try_are_no_stuck_run(site, inline_worker, monkeypatch):
    make_keywords(site.id, 8)
    at = clock.now()
    monkeypatch.setattr(
        clock, "now", lambda: at
    )  # else a slow machine comes after the next try is due
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"cluster": lambda _: passing()}))
    assert told() == [("waiting", "note")]


def test_items_that_nobody_takes_though_workers_are_there_are_a_stuck_run(
    between, inline_worker, hours_later
):
    assert progress.find_stuck_runs() == []
    hours_later(90)
    inline_worker.heartbeat.send()
    (line,) = progress.find_stuck_runs()
    assert (line["kind"], line["level"]) == ("stuck", "bad")
    assert "nobody takes them" in line["text"]


def test_a_stage_that_is_over_and_was_not_left_is_a_stuck_run(between, inline_worker, hours_later):
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


def test_every_line_has_the_same_words(run, inline_worker):
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
