"""Rows that are deleted or disabled during a run are skipped with a reason."""

import pytest
from sqlalchemy import delete, select, update

from igny8.engine.runs import start_run
from igny8.engine.work import recovery
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Cluster, Content, Idea, Image, Keyword, RunItem, Site, Task
from tests.chaos.checker import Watcher, check, take
from tests.factories import change_settings, make_keywords


@pytest.fixture
def at_stage(site, inline_worker):
    """Return a function that begins a run over 8 keywords and works until it is in this stage."""

    def go(number: int):
        change_settings(
            site.id,
            batches=dict.fromkeys(
                ("cluster", "ideate", "plan", "write", "describe", "draw", "review"), 50
            ),
        )
        make_keywords(site.id, 8)
        start_run.start_run(site.id)
        for _ in range(1, number):
            inline_worker.process(inline_worker.claim())
            recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()

    return go


def skipped() -> list:
    with read_transaction() as tx:
        return tx.execute(
            select(RunItem.stage, RunItem.error)
            .where(RunItem.state == "skipped")
            .order_by(RunItem.id)
        ).all()


def test_deleted_keyword_is_skipped_with_a_reason(site, inline_worker, at_stage, run_of, file):
    at_stage(1)
    with write_transaction() as tx:
        Keyword.remove(tx, site.id, [3])
    inline_worker.drain()
    assert skipped() == [(1, "deleted or disabled during the run")]
    assert run_of().state == "completed"
    assert check(file) == []


@pytest.mark.parametrize("verb", [Keyword.remove, Keyword.disable])
def test_deleted_keywords_are_all_skipped(site, inline_worker, at_stage, run_of, file, verb):
    at_stage(1)
    with write_transaction() as tx:
        assert verb(tx, site.id, list(range(1, 9))) == 8
    inline_worker.drain()
    assert skipped() == [(1, "deleted or disabled during the run")] * 8
    assert run_of().state == "completed"
    assert check(file) == []


def test_disabled_keyword_is_skipped_until_enabled(site, inline_worker, at_stage, run_of):
    at_stage(1)
    with write_transaction() as tx:
        Keyword.disable(tx, site.id, [3])
    inline_worker.drain()
    with write_transaction() as tx:
        Keyword.disable(tx, site.id, [3], disabled=False)
    assert len(skipped()) == 1
    start_run.start_run(site.id)
    assert run_of().initial_snapshot["stage_1_initial"] == 1


@pytest.mark.parametrize(
    ("stage", "table"), [(2, Cluster), (3, Idea), (4, Task), (5, Content), (6, Image)]
)
def test_rows_deleted_during_a_run_are_skipped(inline_worker, at_stage, run_of, file, stage, table):
    at_stage(stage)
    with write_transaction() as tx:
        tx.execute(delete(table).where(table.id == 1))
    inline_worker.drain()
    assert {number for number, _ in skipped()} >= {stage}
    assert all("during the run" in reason for _, reason in skipped())
    assert run_of().state == "completed"
    assert check(file) == []


def test_deleting_a_handed_over_article_does_not_change_the_run(
    inline_worker, at_stage, run_of, file
):
    at_stage(7)
    with write_transaction() as tx:
        tx.execute(delete(Content).where(Content.id == 1))
    inline_worker.drain()
    assert skipped() == []
    assert run_of().state == "completed"
    assert check(file) == []


@pytest.mark.parametrize("table", [Keyword, Cluster, Idea, Task, Content, Image])
def test_row_deleted_while_active_is_skipped(inline_worker, at_stage, run_of, file, table):
    at_stage({Keyword: 1, Cluster: 2, Idea: 3, Task: 4, Content: 5, Image: 6}[table])
    batch = inline_worker.claim()
    with write_transaction() as tx:
        tx.execute(delete(table).where(table.id == batch.subject_ids[0]))
    inline_worker.process(batch)
    inline_worker.drain()
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    inline_worker.drain()
    assert len(skipped()) >= 1
    assert run_of().state == "completed"
    assert check(file) == []


def test_keyword_ids_are_not_reused(site, inline_worker, at_stage, run_of, file):
    at_stage(1)
    with write_transaction() as tx:
        Keyword.remove(tx, site.id, [8])
    new = make_keywords(site.id, 1, start=100)
    inline_worker.drain()
    assert len(skipped()) == 1
    with read_transaction() as tx:
        assert tx.execute(select(Keyword.status).where(Keyword.id == new[0])).scalar() == "new"
    assert check(file) == []


def test_site_deletion_during_a_run_deletes_the_run(site, inline_worker, at_stage, run_of, file):
    at_stage(2)
    batch = inline_worker.claim()
    with write_transaction() as tx:
        tx.execute(delete(Site).where(Site.id == site.id))
    inline_worker.process(batch)
    inline_worker.drain()
    assert run_of() is None
    assert check(file) == []


def test_sent_back_article_is_rewritten_by_the_next_run(site, inline_worker, run_of, file):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    watcher = Watcher()
    watcher.see(take(file))
    with write_transaction() as tx:
        assert Content.decide(tx, site.id, 1, "sent_back", "too short")
    start_run.start_run(site.id)
    inline_worker.drain()
    assert run_of().state == "completed"
    with read_transaction() as tx:
        assert tx.execute(
            select(Content.status, Content.handed_over).where(Content.id == 1)
        ).one() == ("review", True)
    assert watcher.see(take(file)) == []


def test_draft_without_images_waits_for_stage_5(site, inline_worker, run_of):
    change_settings(site.id, images_per_article=1)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    with write_transaction() as tx:
        tx.execute(delete(Image))
        tx.execute(update(Content).values(status="draft", handed_over=False))
    start_run.start_run(site.id)
    assert run_of().initial_snapshot["stage_5_initial"] == 2
