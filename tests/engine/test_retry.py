"""Failures are retried with back-off, fail at last, and are retried by a person alone."""

import pytest
from sqlalchemy import func, select

from igny8 import progress
from igny8.engine.runs import controls, retry, start_run
from igny8.engine.work import recovery, worker_loop
from igny8.engine.work.settle import settle_claim
from igny8.errors import ActionRefused, ExternalError, Interrupted
from igny8.extensions import read_transaction
from igny8.models import Content, Image, RunItem
from tests.chaos.checker import Watcher, check, check_snapshot, take
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider, passing, permanent


def items(**where):
    with read_transaction() as tx:
        return tx.execute(select(RunItem.__table__).filter_by(**where).order_by(RunItem.id)).all()


def fails_for(*titles, error=permanent):
    """Return a function that fails what has one of these words in it."""
    return lambda about: error() if any(t in str(about) for t in titles) else None


@pytest.fixture
def one_failed(site, inline_worker):
    """Return the site after a run in which one of four articles could not be written."""
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"write": fails_for("word7")}))
    return site


def test_failed_item_does_not_fail_the_run(one_failed, run_of, file):
    assert run_of().state == "completed_with_errors"
    [failed] = items(state="failed")
    assert (failed.stage, failed.error, failed.attempt) == (4, "refused", 1)
    assert check(file, deletions=False) == []


def test_retry_after_the_end_starts_a_child_run_of_failed_items(
    one_failed, inline_worker, run_of, file
):
    parent = run_of()
    public_id, count = retry.retry_failed(one_failed.id)
    again = run_of()
    assert (again.public_id, again.parent_id, count) == (public_id, parent.id, 1)
    assert [(i.stage, i.title) for i in items(run_id=again.id)] == [(4, "All about topic1 word7")]
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(Content.handed_over)).scalar() == 4
    assert check(file, deletions=False) == []


def test_retry_within_a_run_queues_failed_items_of_its_stage(site, inline_worker, run_of, file):
    change_settings(site.id, batches={"ideate": 1})
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    inline_worker.provider = FakeProvider(fails={"propose": fails_for("topic2")})
    watcher = Watcher()
    inline_worker.process(inline_worker.claim())
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    inline_worker.process(inline_worker.claim())
    watcher.see(take(file))
    assert [i.state for i in items(stage=2)] == ["queued", "queued", "failed"]
    public_id, count = retry.retry_failed(site.id)
    assert (public_id, count, run_of().number) == (run_of().public_id, 1, 1)
    assert [i.state for i in items(stage=2)] == ["queued"] * 3
    assert watcher.see(take(file)) == []
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert watcher.see(take(file)) == []


def advance_to(inline_worker, number: int, provider=None):
    """Work on until the run has come to a stage, and return its first claim there, unworked."""
    inline_worker.provider = provider or inline_worker.provider
    while True:
        batch = inline_worker.claim()
        if batch is None:
            recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
            batch = inline_worker.claim()
        if batch.stage == number:
            return batch
        inline_worker.process(batch)


@pytest.fixture
def failed_early(site, inline_worker):
    """Return the first claim of stage 4 of a run that has a failed cluster in stage 2 and two other ones."""
    change_settings(site.id, batches={"write": 1}, parallelism=3)
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    return advance_to(inline_worker, 4, FakeProvider(fails={"propose": fails_for("topic2")}))


def test_retry_in_an_open_run_rewinds_to_failed_items(
    failed_early, site, inline_worker, run_of, file
):
    watcher = Watcher()
    inline_worker.process(failed_early)
    assert watcher.see(take(file)) == []
    q = run_of().bar_remaining
    assert retry.retry_failed(site.id) == (run_of().public_id, 1)
    assert (run_of().current_stage, run_of().bar_remaining, run_of().state) == (2, q, "running")
    assert [i.state for i in items(stage=2)] == ["done", "done", "queued"]
    assert watcher.see(take(file)) == []
    assert check_snapshot(progress.snapshot(site)) == []
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert [len(items(stage=n, state="done")) for n in range(1, 8)] == [12, 3, 6, 6, 6, 12, 6]
    assert watcher.see(take(file)) == []
    assert check(file, deletions=False) == []


def test_run_rewinds_after_its_active_items(failed_early, site, inline_worker, run_of, file):
    watcher = Watcher()
    assert retry.retry_failed(site.id)[1] == 1
    assert (run_of().current_stage, run_of().rewind_to_stage) == (4, 2)
    assert retry.retry_failed(site.id)[1] == 1  # said twice is said once
    assert inline_worker.claim() is None
    assert progress.snapshot(site)["notice"]["kind"] == "going_back"
    assert watcher.see(take(file)) == []
    inline_worker.process(failed_early)
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    assert (run_of().current_stage, run_of().rewind_to_stage) == (2, None)
    assert [i.state for i in items(stage=4)].count("done") == 1
    assert watcher.see(take(file)) == []
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert watcher.see(take(file)) == []


def test_paused_run_rewinds_and_stays_paused(failed_early, site, inline_worker, run_of, file):
    inline_worker.process(failed_early)
    controls.pause(site.id)
    retry.retry_failed(site.id)
    assert (run_of().state, run_of().current_stage) == ("paused", 2)
    assert check_snapshot(progress.snapshot(site)) == [] and check(file) == []
    controls.resume(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []


def test_late_keyword_waits_for_the_next_run(site, inline_worker, run_of, file):
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    settle_claim(
        batch,
        worker_loop._process(batch, inline_worker.tools_for(batch))[0]
        | {batch.subject_ids[0]: permanent()},
        0.0,
    )
    first = advance_to(inline_worker, 3)
    inline_worker.process(first)
    retry.retry_failed(site.id)
    assert run_of().current_stage == 1
    inline_worker.drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []
    assert start_run.start_run(site.id)[1]  # the cluster grew, so it waits again


def failed_after_hand_over() -> bool:
    """Return whether an article in review has an image that failed."""
    query = select(Image.id).join(Content, Content.id == Image.content_id)
    with read_transaction() as tx:
        found = tx.execute(query.where(Image.status == "failed", Content.handed_over)).first()
    return found is not None


def test_failed_image_is_drawn_after_its_article_is_handed_over(site, inline_worker, run_of, file):
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    first = iter([True])
    fails = {"draw": lambda about: permanent() if next(first, False) else None}
    batch = advance_to(inline_worker, 6, FakeProvider(fails=fails))
    while not failed_after_hand_over():
        inline_worker.process(batch)
        batch = inline_worker.claim()
    retry.retry_failed(site.id)
    assert run_of().current_stage == 6
    inline_worker.provider = FakeProvider()
    inline_worker.process(batch)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    with read_transaction() as tx:
        assert set(tx.execute(select(Image.status)).scalars()) == {"generated"}
    assert check(file, deletions=False) == []


def test_retry_without_failed_items_is_refused(site, drain):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    with pytest.raises(ActionRefused, match="Nothing failed"):
        retry.retry_failed(site.id)


def test_retry_waits_for_another_open_run(one_failed, run_of):
    failed = run_of()
    make_keywords(one_failed.id, 4, start=20)
    start_run.start_run(one_failed.id)
    with pytest.raises(ActionRefused, match="Another run"):
        retry.retry_failed(one_failed.id, failed.public_id)


def test_run_being_cancelled_retries_nothing(site, inline_worker):
    make_keywords(site.id, 8)
    change_settings(site.id, batches={"ideate": 1})
    start_run.start_run(site.id)
    inline_worker.provider = FakeProvider(fails={"propose": fails_for("topic1")})
    inline_worker.process(inline_worker.claim())
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    inline_worker.process(inline_worker.claim())
    inline_worker.claim()
    controls.cancel(site.id)
    with pytest.raises(ActionRefused, match="being cancelled"):
        retry.retry_failed(site.id)


def test_temporary_error_is_retried_at_most_five_times(
    site, inline_worker, run_of, hours_later, file
):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    provider = FakeProvider(fails={"propose": lambda _: passing()})
    inline_worker.drain(provider)
    [waiting] = items(stage=2)
    assert (waiting.state, waiting.attempt, waiting.error) == ("queued", 1, "busy")
    for _ in range(10):
        hours_later(70)
        inline_worker.drain()
    [failed] = items(stage=2)
    assert (failed.state, failed.attempt, failed.error) == ("failed", 5, "busy")
    assert [name for name, _ in provider.asked].count("propose") == 5
    assert run_of().state == "completed_with_errors"
    assert check(file) == []


def test_item_waits_at_least_the_requested_time(site, inline_worker, hours_later):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(
        FakeProvider(
            fails={"propose": lambda _: ExternalError("slow down", "rate_limit", retry_after=300)}
        )
    )
    hours_later(290)
    assert inline_worker.claim() is None
    hours_later(80)
    assert inline_worker.claim() is not None


def test_failed_image_does_not_block_its_article(site, inline_worker, run_of, file):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"draw": fails_for("word3-1")}))
    assert run_of().state == "completed_with_errors"
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(Content.handed_over)).scalar() == 2
        assert sorted(tx.execute(select(Image.status)).scalars()) == ["failed"] + ["generated"] * 3
    assert check(file, deletions=False) == []


def test_failed_image_can_be_drawn_later(site, inline_worker, run_of, file):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"draw": fails_for("word3-1")}))
    retry.retry_failed(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    with read_transaction() as tx:
        assert set(tx.execute(select(Image.status)).scalars()) == {"generated"}
    assert check(file, deletions=False) == []


def test_stage_bug_fails_only_its_item(site, inline_worker, run_of, file):
    def bug(about):
        if "word7" in about:
            raise ZeroDivisionError("a bug")

    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"write": bug}))
    [failed] = items(state="failed")
    assert failed.error == "internal error: ZeroDivisionError: a bug"
    assert run_of().state == "completed_with_errors"
    assert check(file, deletions=False) == []


def test_failing_clustering_is_tried_five_times(site, inline_worker, run_of, hours_later, file):
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 30)
    start_run.start_run(site.id)
    provider = FakeProvider(fails={"cluster": lambda _: ExternalError("out of memory", "memory")})
    for _ in range(12):
        inline_worker.drain(provider)
        hours_later(70)
    assert [name for name, _ in provider.asked] == ["cluster"] * 5
    assert {(i.state, i.error) for i in items(stage=1)} == {("failed", "out of memory")}
    assert run_of().state == "completed_with_errors"
    retry.retry_failed(site.id)
    inline_worker.drain(FakeProvider())
    assert run_of().state == "completed"
    assert check(file) == []


def test_failed_clustering_delays_all_its_items(site, inline_worker, hours_later):
    change_settings(site.id, batches={"cluster": 2}, parallelism=3)
    make_keywords(site.id, 30)
    start_run.start_run(site.id)
    inline_worker.provider = FakeProvider(fails={"cluster": lambda _: passing()})
    inline_worker.process(inline_worker.claim())
    assert inline_worker.claim() is None
    hours_later(70)
    assert inline_worker.claim() is not None


def test_items_of_an_interrupted_provider_are_released(site, inline_worker):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.provider = FakeProvider(
        fails={"cluster": lambda _: Interrupted("the product stops")}
    )
    inline_worker.process(inline_worker.claim())
    assert {(i.state, i.attempt, i.not_before, i.error) for i in items(stage=1)} == {
        ("queued", 0, None, None)
    }
