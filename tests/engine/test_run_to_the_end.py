"""An undisturbed run, from start to end."""

from sqlalchemy import func, select

from igny8.engine.runs import start_run
from igny8.extensions import read_transaction
from igny8.models import Content, Image, Keyword, RunStage
from tests.chaos.checker import Watcher, check, take
from tests.factories import change_settings, make_keywords


def test_run_takes_keywords_to_review(site, drain, run_of, file):
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    drain()
    assert run_of().state == "completed"
    assert check(file, deletions=False) == []
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(Content.handed_over)).scalar() == 6
        assert tx.execute(select(func.count()).where(Image.status == "generated")).scalar() == 12


def test_every_step_keeps_all_counters_consistent(site, inline_worker, file):
    make_keywords(site.id, 60)
    change_settings(site.id, batches={"cluster": 7, "ideate": 3, "plan": 5, "write": 2})
    start_run.start_run(site.id)
    watcher, found = Watcher(), []
    while (batch := inline_worker.claim()) is not None:
        found += watcher.see(take(file, deletions=False))
        inline_worker.drain() if batch is None else inline_worker.process(batch)
        found += watcher.see(take(file, deletions=False))
        if batch.stage != 7:
            crew_advance(batch)
    assert found == []


def crew_advance(batch) -> None:
    start_run.advance(batch.run_id)


def test_site_without_waiting_items_has_nothing_to_do(site, run_of, file):
    start_run.start_run(site.id)
    run = run_of()
    assert (run.state, run.bar_remaining) == ("nothing_to_do", 0.0)
    assert check(file) == []


def test_no_images_skips_two_stages(site, drain, run_of, file):
    change_settings(site.id, images_per_article=0)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    with read_transaction() as tx:
        stages = tx.execute(
            select(
                RunStage.number, RunStage.status, RunStage.status_reason, RunStage.input
            ).order_by(RunStage.number)
        ).all()
        handed_over = tx.execute(select(func.count()).where(Content.handed_over)).scalar()
    assert [tuple(s) for s in stages[4:6]] == [
        (n, "skipped", "images per article is 0", 0) for n in (5, 6)
    ]
    assert (run_of().state, handed_over, stages[6].input) == ("completed", 2, 2)
    assert check(file, deletions=False) == []


def test_keywords_added_during_a_run_wait_for_the_next(site, inline_worker, run_of):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    make_keywords(site.id, 4, start=8)
    inline_worker.drain()
    assert run_of().initial_snapshot["total_initial_items"] == 4
    start_run.start_run(site.id)
    assert (run_of().number, run_of().initial_snapshot["total_initial_items"]) == (2, 4)


def test_new_keywords_extend_an_existing_cluster(site, drain, run_of, file):
    make_keywords(site.id, 2)
    start_run.start_run(site.id)
    drain()
    make_keywords(site.id, 2, start=2)
    start_run.start_run(site.id)
    drain()
    with read_transaction() as tx:
        clusters = tx.execute(select(func.count(Keyword.cluster_id.distinct()))).scalar()
    assert (clusters, run_of().state) == (1, "completed")
    assert check(file, deletions=False) == []


def test_settings_changed_during_a_run_do_not_affect_it(site, inline_worker, run_of):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    change_settings(site.id, images_per_article=0)
    inline_worker.drain()
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(Image.status == "generated")).scalar() == 4
