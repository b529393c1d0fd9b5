"""A run over the first articles writes that many, and leaves the rest to the next run."""

import pytest
from sqlalchemy import func, select

from igny8 import progress
from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance
from igny8.extensions import read_transaction
from igny8.models import Content, Idea, Keyword, Run
from tests.chaos.checker import check_snapshot
from tests.factories import make_keywords


def count(model, **values) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).select_from(model).filter_by(**values)).scalar()


def test_run_over_the_first_5_leaves_the_others_for_the_next(site, drain):
    make_keywords(site.id, 60)
    start_run.start_run(site.id, first=5)
    drain()
    ideas = count(Idea)
    snap = progress.snapshot(site, page=True)
    assert snap["run"]["status"] == "completed" and check_snapshot(snap) == []
    assert (count(Content), snap["review_waiting"]) == (5, 5)
    assert ideas > 5 and count(Idea, status="new") == ideas - 5
    assert snap["idle"]["run_label"] == f"Write the other {ideas - 5}"
    start_run.start_run(site.id)
    drain()
    assert count(Content) == ideas
    assert progress.snapshot(site, page=True)["idle"]["run_label"] == "Run now"


def test_bar_and_sums_of_a_limited_run_are_consistent_at_every_step(site, inline_worker):

    make_keywords(site.id, 40)
    start_run.start_run(site.id, first=3)
    last = 0
    while progress.snapshot(site)["run"]["open"]:
        batch = inline_worker.claim()
        inline_worker.process(batch)
        advance(batch.run_id)
        snap = progress.snapshot(site)
        assert check_snapshot(snap) == []
        assert snap["global_progress"]["percentage"] >= last
        last = snap["global_progress"]["percentage"]
        plan = snap["stages"][2]
        assert plan["input_count"] + plan["expected_count"] <= 3
    assert (last, count(Content)) == (100, 3)


def test_waiting_ideas_are_taken_before_keywords(site, drain):
    make_keywords(site.id, 40)
    start_run.start_run(site.id, first=2)
    drain()
    make_keywords(site.id, 20, start=500)
    start_run.start_run(site.id, first=2)
    drain()
    assert (count(Content), count(Keyword, status="new")) == (4, 20)


def test_run_over_ticked_rows_takes_nothing_else(site, drain):
    ids = make_keywords(site.id, 20)
    start_run.start_run(site.id, only=(1, ids[:4]))
    drain()
    assert count(Keyword, status="new") == 16
    assert count(Content) > 0


@pytest.mark.parametrize("first", [1, 1000])
def test_limited_run_completes_with_any_number(site, drain, first):
    make_keywords(site.id, 12)
    start_run.start_run(site.id, first=first)
    drain()
    with read_transaction() as tx:
        assert Run.find(tx, site.id).state == "completed"
