"""Claims are fair between sites, have one token, keep the queue order, and are requeued."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from igny8 import clock
from igny8.engine.runs import start_run
from igny8.engine.work import claims, recovery, worker_loop
from igny8.engine.work.item_updates import ClaimLost, release_claim
from igny8.engine.work.settle import settle_claim
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Cluster, Keyword, Run, RunItem, Worker
from tests.chaos.checker import check, products
from tests.conftest import on_postgresql
from tests.factories import change_settings, make_keywords, make_site
from tests.fakes import FakeProvider
from tests.waiting import until


def items(**where):
    with read_transaction() as tx:
        return tx.execute(select(RunItem.__table__).filter_by(**where).order_by(RunItem.id)).all()


@pytest.fixture
def running(site, inline_worker):
    """Return the site with a run over 10 keywords in batches of 2, of which one is done."""
    change_settings(site.id, batches={"cluster": 2, "draw": 1}, parallelism=3)
    make_keywords(site.id, 10)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    return site


def test_two_sites_take_turns(app, inline_worker):
    for slug in ("small", "large"):
        site_id = make_site(slug, batches={"cluster": 2}, parallelism=1)
        make_keywords(site_id, 8)
        start_run.start_run(site_id)
    turns = []
    for _ in range(6):
        batch = inline_worker.claim()
        turns.append(batch.site_id)
        inline_worker.process(batch)
        start_run.advance(batch.run_id)
    assert sorted(turns[:2]) == sorted(turns[2:4]) == sorted(turns[4:6]) == [1, 2]


def test_small_site_does_not_wait_for_a_large_one(app, inline_worker, run_of):
    large, small = make_site("large"), make_site("small")
    make_keywords(large, 1500)
    start_run.start_run(large)
    inline_worker.process(inline_worker.claim())
    make_keywords(small, 4)
    start_run.start_run(small)
    for _ in range(22):
        batch = inline_worker.claim()
        inline_worker.process(batch)
        start_run.advance(batch.run_id)
    assert run_of(site_id=small).state == "completed"
    assert run_of(site_id=large).current_stage == 1


@on_postgresql
def test_claim_holds_one_run_lock_at_a_time(app, inline_worker):
    """Else two claims that pass the same runs in another order wait for each other."""
    small, large = (
        make_site(slug, batches={"cluster": 2}, parallelism=2) for slug in ("small", "large")
    )
    for site_id in (small, large):
        make_keywords(site_id, 8)
        start_run.start_run(site_id)
    for _ in range(2):
        inline_worker.process(inline_worker.claim())
    with write_transaction() as tx:
        tx.execute(
            update(RunItem)
            .where(RunItem.state == "queued", RunItem.run_id == run_id(small))
            .values(not_before=clock.now().timestamp() + 60)
        )
    assert inline_worker.claim().site_id == large, (
        "so that the other is looked at first from now on"
    )

    def claim_elsewhere():
        with app.app_context():
            return inline_worker.claim()

    with ThreadPoolExecutor(1) as elsewhere:
        with write_transaction() as tx:
            Run.lock(tx, run_id(large))
            claimed = elsewhere.submit(claim_elsewhere)
            until(somebody_waits, 10, "the claim")
            with write_transaction() as third:
                third.execute(
                    select(Run.id).where(Run.id == run_id(small)).with_for_update(nowait=True)
                )
        assert claimed.result().site_id == large


def run_id(site_id: int) -> int:
    with read_transaction() as tx:
        return Run.find_open(tx, site_id).id


def somebody_waits() -> bool:
    with read_transaction() as tx:
        return (
            tx.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                    "AND datname = current_database()"
                )
            ).scalar()
            > 0
        )


def test_active_claims_respect_the_parallelism_of_the_site(running, inline_worker):
    assert [inline_worker.claim() is not None for _ in range(5)] == [True, True, True, False, False]


def test_clustering_is_requested_once_by_one_worker(site, inline_worker, app):
    change_settings(site.id, batches={"cluster": 2}, parallelism=4)
    make_keywords(site.id, 10)
    start_run.start_run(site.id)
    first = inline_worker.claim()
    assert inline_worker.claim() is None
    inline_worker.process(first)
    assert inline_worker.claim() is not None
    inline_worker.drain()
    assert [name for name, _ in inline_worker.provider.asked].count("cluster") == 1


def test_most_searched_keyword_comes_first(site, inline_worker):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    assert [i.title[-5:] for i in inline_worker.claim().items] == [
        "word3",
        "word2",
        "word1",
        "word0",
    ]


def test_settle_without_the_token_is_rolled_back(running, inline_worker, file):
    batch = inline_worker.claim()
    recovery.requeue(batch.token, 0, "it seemed dead")
    before, counters = products(file), items()
    with pytest.raises(ClaimLost):
        settle_claim(batch, *answers_to(batch, inline_worker))
    assert (products(file), items()) == (before, counters)
    assert check(file) == []


def test_partly_requeued_claim_is_not_settled(running, inline_worker, file):
    batch = inline_worker.claim()
    with write_transaction() as tx:
        tx.execute(
            update(RunItem)
            .where(RunItem.id == batch.items[0].id)
            .values(state="queued", token=None)
        )
    before = products(file)
    with pytest.raises(ClaimLost):
        settle_claim(batch, *answers_to(batch, inline_worker))
    assert products(file) == before


def answers_to(batch, inline_worker):
    return claims.get_stage(batch.stage).process(batch, inline_worker.tools_for(batch)), 0.1


def test_released_claim_is_queued_as_before(running, inline_worker, file):
    def told():
        return [
            (i.state, i.attempt, i.crashes, i.retry_order, i.token, i.started_at) for i in items()
        ]

    before = told()
    release_claim(inline_worker.claim())
    assert told() == before
    assert check(file) == []


def test_claim_with_heartbeats_is_not_requeued(running, inline_worker):
    batch = inline_worker.claim()
    inline_worker.heartbeat.track_claim(batch.token)
    inline_worker.heartbeat.send()
    assert recovery.requeue(batch.token, 0, "it seemed dead") == 0
    assert len(items(token=batch.token)) == 2


def test_claim_without_heartbeat_for_30_seconds_is_requeued(running, inline_worker, monkeypatch):
    batch, now = inline_worker.claim(), [100.0]
    monkeypatch.setattr(recovery.clock, "monotonic", lambda: now[0])
    watching = recovery.Recovery(recovery.Heartbeat(0, "web"))
    for now[0] in (100.0, 115.0, 129.0):
        watching.sweep()
        assert len(items(token=batch.token)) == 2
    now[0] = 131.0
    assert watching.sweep()
    assert [(i.state, i.crashes) for i in items() if i.id in {x.id for x in batch.items}] == [
        ("queued", 1)
    ] * 2


def test_heartbeat_restarts_the_30_seconds(running, inline_worker, monkeypatch):
    batch, now = inline_worker.claim(), [100.0]
    monkeypatch.setattr(recovery.clock, "monotonic", lambda: now[0])
    inline_worker.heartbeat.track_claim(batch.token)
    watching = recovery.Recovery(recovery.Heartbeat(0, "web"))
    for now[0] in (100.0, 125.0, 150.0, 175.0):
        watching.sweep()
        inline_worker.heartbeat.send()
    assert len(items(token=batch.token)) == 2


def test_wall_clock_jump_requeues_nothing(running, inline_worker, hours_later):
    batch, watching = inline_worker.claim(), recovery.Recovery(recovery.Heartbeat(0, "web"))
    watching.sweep()
    hours_later(86_400)
    watching.sweep()
    assert len(items(token=batch.token)) == 2


def test_next_start_requeues_items_of_a_dead_process(running, inline_worker, file):
    batch = inline_worker.claim()
    with write_transaction() as tx:
        tx.execute(update(Worker).values(process_started_at=1.0))
    recovery.Recovery(recovery.Heartbeat(1, "next")).start()
    assert items(token=batch.token) == []
    assert check(file) == []


def test_process_without_heartbeat_claims_nothing(running, inline_worker, monkeypatch):
    later = recovery.clock.monotonic() + 60
    monkeypatch.setattr(recovery.clock, "monotonic", lambda: later)
    calls = len(inline_worker.provider.asked)
    assert not worker_loop.run_worker(inline_worker.heartbeat, inline_worker.tools_for)
    assert len(inline_worker.provider.asked) == calls


def test_crashed_item_runs_alone_and_last(running, inline_worker):
    poison = inline_worker.claim()
    recovery.requeue(poison.token, 0, "its worker was killed")
    rest = []
    while (batch := inline_worker.claim()) is not None:
        rest.append(batch)
        inline_worker.process(batch)
    assert [len(b.items) for b in rest] == [2, 2, 2, 1, 1]
    assert {i.id for b in rest[3:] for i in b.items} == {i.id for i in poison.items}


def test_crashed_items_run_one_at_a_time(site, inline_worker):
    change_settings(site.id, batches={"cluster": 1}, parallelism=2)
    make_keywords(site.id, 3)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    for _ in range(2):
        for batch in [inline_worker.claim(), inline_worker.claim()]:
            recovery.requeue(batch.token, 0, "its worker was killed")
    one = inline_worker.claim()
    assert inline_worker.claim() is None
    inline_worker.process(one)
    assert inline_worker.claim() is not None


def test_three_crashes_fail_an_item(site, inline_worker, run_of, file):
    change_settings(site.id, batches={"cluster": 1})
    make_keywords(site.id, 2)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    for _ in range(3):
        recovery.requeue(inline_worker.claim().token, 0, "its worker was killed")
    [failed] = items(state="failed")
    assert (failed.crashes, failed.error_kind, failed.error) == (
        3,
        "crash",
        "crashed its worker 3 times",
    )
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    inline_worker.drain()
    assert run_of().state == "completed_with_errors"
    assert check(file, deletions=False) == []


def test_stored_reply_is_not_requested_again(site, inline_worker):
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 8)
    start_run.start_run(site.id)
    batch = inline_worker.claim()
    answers_to(batch, inline_worker)
    recovery.requeue(batch.token, 0, "its worker was killed")
    inline_worker.drain(FakeProvider())
    assert [name for name, _ in inline_worker.provider.asked].count("cluster") == 0
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).select_from(Cluster)).scalar() == 2
        assert set(tx.execute(select(Keyword.status)).scalars()) == {"mapped"}


@pytest.mark.parametrize("was_taken", [False, True])
def test_connection_lost_during_commit_settles_once(running, inline_worker, monkeypatch, was_taken):
    settle_, broken = worker_loop.settle_claim, []

    def break_once(*facts):
        if was_taken or broken:
            settle_(*facts)
        if not broken:
            broken.append(True)
            raise OperationalError("COMMIT", {}, Exception("gone"))

    monkeypatch.setattr(worker_loop, "settle_claim", break_once)
    monkeypatch.setattr(clock, "sleep", lambda seconds: None)
    done, asked = len(items(state="done")), len(inline_worker.provider.asked)
    inline_worker.process(inline_worker.claim())
    assert (len(items(state="active")), len(items(state="done"))) == (0, done + 2)
    assert len(inline_worker.provider.asked) == asked
