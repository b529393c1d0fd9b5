"""Gates: a run waits for people after a stage, at no cost, and follows what they decide."""

import pytest
from sqlalchemy import select, update

from igny8 import progress
from igny8.engine.runs import controls, gate_decisions, start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Gate, Gates, Idea, RunItem, RunStage
from tests.chaos.checker import check, check_snapshot
from tests.factories import change_settings, make_keywords

READ_ONE = update(Content).where(Content.status == "review")


@pytest.fixture
def begin(site, drain, file):
    """Return a function that runs the site with gates until it can go no further."""

    def run(images=0, limit=None, count=8, **after):
        gates = Gates({int(k[1:]): gate for k, gate in after.items()}, limit)
        change_settings(
            site.id, images_per_article=images, gates=gates.to_json(), reading_limit=limit
        )
        make_keywords(site.id, count)
        start_run.start_run(site.id)
        drain()
        return shown(site, file)

    return run


def shown(site, file):
    snap = progress.snapshot(site)
    assert check(file) == []
    assert check_snapshot(snap) == []
    return snap


def waiting(stage):
    query = select(RunItem.subject_id).where(RunItem.stage == stage, RunItem.state == "queued")
    with read_transaction() as tx:
        return list(tx.execute(query.order_by(RunItem.id)).scalars())


def decide(site, ids, verdict, stage=3, reason=""):
    with write_transaction() as tx:
        count = gate_decisions.decide(tx, site.id, ids, stage, verdict, "ann", reason)
    gate_decisions.advance_open_run(site.id)
    return count


def counts(stage):
    query = select(RunStage.done, RunStage.skipped, RunStage.held).where(RunStage.number == stage)
    with read_transaction() as tx:
        return tuple(tx.execute(query).one())


def test_run_waits_for_an_approval_of_every_idea_and_takes_the_approved(begin, site, drain, file):
    snap = begin(_2=Gate("every"))
    assert (snap["run"]["status"], snap["run"]["waiting"]["count"]) == ("waiting", 4)
    assert snap["run"]["waiting"]["kind"] == "approval"
    assert snap["global_progress"]["estimated_remaining_time"] is None
    ideas = waiting(3)
    assert decide(site, ideas[:1], "approved") == 1
    drain()
    assert counts(3) == (1, 0, 3)
    assert decide(site, ideas[1:], "rejected", reason="too broad") == 3
    drain()
    snap = shown(site, file)
    assert (snap["run"]["state"], snap["review_waiting"]) == ("completed", 1)
    assert counts(3) == (1, 3, 0)


def test_waiting_run_occupies_no_worker_and_is_skipped_by_the_sweep(begin, inline_worker):
    begin(_2=Gate("every"))
    assert advanceable_runs() == []
    assert inline_worker.claim() is None
    assert inline_worker.sweep() is False


def test_run_whose_ideas_are_all_rejected_ends_as_nothing_wanted(begin, site, file):
    begin(_2=Gate("every"))
    decide(site, waiting(3), "rejected")
    run = shown(site, file)["run"]
    assert (run["state"], run["label"]) == ("completed", "Nothing wanted")


def test_first_articles_are_shown_before_the_rest_is_written(begin, site, drain, file):
    snap = begin(_4=Gate("first", 3), count=16)
    assert snap["run"]["waiting"]["kind"] == "first"
    assert counts(4) == (3, 0, 5)
    assert gate_decisions.continue_run(site.id, "ann")
    drain()
    assert shown(site, file)["run"]["state"] == "completed"
    assert counts(4) == (8, 0, 0)


def test_gate_switched_off_during_a_run_releases_the_next_item(begin, site, drain, file):
    begin(_2=Gate("every"))
    gate_decisions.change_gates(site.id, Gates({}))
    drain()
    assert shown(site, file)["run"]["state"] == "completed"


def test_gate_above_an_amount_holds_only_more_expensive_runs(begin, site, file):
    assert begin(_2=Gate("above", 10))["run"]["state"] == "completed"


def test_undecided_ideas_can_be_left_for_a_later_run(begin, site, drain, file):
    begin(_2=Gate("every"))
    decide(site, waiting(3)[:1], "approved")
    drain()
    assert gate_decisions.continue_run(site.id, "ann")
    drain()
    assert shown(site, file)["run"]["state"] == "completed"
    with read_transaction() as tx:
        left = tx.execute(select(Idea.id).where(Idea.status == "new", ~Idea.disabled)).all()
    assert len(left) == 3


def test_resume_does_not_pass_a_gate_and_cancel_ends_the_wait(begin, site, file):
    begin(_2=Gate("every"))
    with pytest.raises(ActionRefused, match="4 ideas wait for your approval"):
        controls.resume(site.id)
    controls.cancel(site.id)
    assert shown(site, file)["run"]["state"] == "cancelled"


@pytest.mark.parametrize("images", [0, 1])
def test_writing_stops_at_the_limit_of_unread_articles(begin, site, drain, file, images):
    snap = begin(images=images, limit=2, count=12)
    assert (snap["run"]["waiting"]["kind"], snap["review_waiting"]) == ("reading", 2)
    for _ in range(5):
        with read_transaction() as tx:
            unread = list(
                tx.execute(select(Content.id).where(Content.status == "review")).scalars()
            )
        assert len(unread) <= 2
        for content_id in unread:
            with write_transaction() as tx:
                Content.decide(tx, site.id, content_id, "approved")
        for run_id in advanceable_runs():
            advance(run_id)
        drain()
    snap = shown(site, file)
    assert (snap["run"]["state"], counts(4)) == ("completed", (6, 0, 0))


def test_rejected_image_ideas_do_not_keep_their_article_from_review(begin, site, drain, file):
    begin(images=1, _5=Gate("every"))
    images = waiting(6)
    decide(site, images[:2], "rejected", stage=6)
    decide(site, images[2:], "approved", stage=6)
    drain()
    snap = shown(site, file)
    assert (snap["run"]["state"], snap["review_waiting"]) == ("completed", 4)
