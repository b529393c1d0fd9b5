"""An article is handed over when its images are final, and the end of the run changes nothing about it."""

import pytest
from sqlalchemy import func, select

from igny8 import progress
from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance
from igny8.engine.work.item_updates import ClaimLost, release_claim
from igny8.engine.work.settle import settle_claim
from igny8.extensions import read_transaction
from igny8.models import Content, Run, RunItem
from tests.chaos.checker import check_snapshot
from tests.factories import change_settings, make_keywords


def work_to(inline_worker, site_id: int, stage: int) -> int:
    """Start a run and work until a stage is the current one; return the run's id."""
    start_run.start_run(site_id)
    while True:
        with read_transaction() as tx:
            run = Run.find(tx, site_id)
        if run.current_stage >= stage:
            return run.id
        batch = inline_worker.claim()
        inline_worker.process(batch)
        advance(batch.run_id)


def one_claim(inline_worker) -> None:
    batch = inline_worker.claim()
    inline_worker.process(batch)
    advance(batch.run_id)


def handed_over() -> dict[int, object]:
    with read_transaction() as tx:
        rows = tx.execute(
            select(Content.id, Content.handed_over_at).where(
                Content.handed_over, Content.status == "review"
            )
        )
        return {row.id: row.handed_over_at for row in rows}


def test_article_is_in_review_as_soon_as_its_images_are_final(site, inline_worker):
    change_settings(site.id, images_per_article=1, batches={"draw": 1})
    make_keywords(site.id, 24)
    work_to(inline_worker, site.id, 6)
    assert handed_over() == {}
    for count in (1, 2, 3):
        one_claim(inline_worker)
        snap = progress.snapshot(site)
        review = snap["stages"][6]
        assert len(handed_over()) == count == snap["review_waiting"] == review["done_count"]
        assert (review["output_count"], review["queued_count"]) == (count, 0)
        assert snap["run"]["current_stage"] == 6
        assert check_snapshot(snap) == []
        assert snap["next_step"]["label"] == f"Review {count} →"
    assert "The first 3 are ready." in snap["next_step"]["detail"]


def test_end_of_the_run_does_not_change_handed_over_articles(site, inline_worker, drain):
    change_settings(site.id, images_per_article=1, batches={"draw": 1})
    make_keywords(site.id, 16)
    work_to(inline_worker, site.id, 6)
    one_claim(inline_worker)
    first = handed_over()
    drain()
    assert first.items() <= handed_over().items()
    snap = progress.snapshot(site)
    assert snap["run"]["status"] == "completed" and check_snapshot(snap) == []
    assert snap["stages"][6]["done_count"] == len(handed_over()) == snap["review_waiting"]
    with read_transaction() as tx:
        states = tx.execute(select(RunItem.state, func.count()).group_by(RunItem.state)).all()
    assert [state for state, _ in states] == ["done"]


@pytest.mark.parametrize("images", [0, 2])
def test_briefs_without_images_are_handed_over_when_they_are_written(
    site, inline_worker, drain, images
):
    change_settings(site.id, images_per_article=images, batches={"write": 1})
    make_keywords(site.id, 16)
    work_to(inline_worker, site.id, 4)
    one_claim(inline_worker)
    assert len(handed_over()) == (0 if images else 1)
    drain()
    assert progress.snapshot(site)["run"]["status"] == "completed"


def test_lost_claim_hands_nothing_over(site, inline_worker):
    change_settings(site.id, images_per_article=1, batches={"draw": 1})
    make_keywords(site.id, 16)
    work_to(inline_worker, site.id, 6)
    batch = inline_worker.claim()
    answers = inline_worker.answers(batch)

    release_claim(batch)
    with pytest.raises(ClaimLost):
        settle_claim(batch, answers, 0.1)
    assert handed_over() == {}
