"""The checker is worth its name only if it finds bugs: each mutant of the protocol is found."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from igny8 import clock
from igny8.engine.runs import controls, start_run
from igny8.engine.work import claims, recovery, settle
from tests.chaos import mutants
from tests.chaos.checker import STILL, Watcher, check, take
from tests.conftest import InlineWorker, make_app, on_postgresql, on_sqlite
from tests.factories import change_settings, make_keywords, make_site


class Killed(Exception):
    """Stands for a process that dies at a fault point."""


@pytest.fixture
def running(site, inline_worker):
    """Return the site, its run begun over 10 keywords in batches of 2, of which one is done."""
    change_settings(site.id, parallelism=9, batches={"cluster": 2, "ideate": 1, "plan": 1})
    make_keywords(site.id, 10)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    return site


def together(app, *calls) -> None:
    """Run the calls in parallel threads and wait for them."""

    def within(call):
        with app.app_context():
            call()

    threads = [threading.Thread(target=within, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def later(monkeypatch):
    """Return a function that lets the monotonic clock go on by so many seconds."""
    real, gone = clock.monotonic, [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: real() + gone[0])

    def go_on(seconds):
        gone[0] += seconds

    return go_on


def is_found(file, what: str) -> bool:
    return any(what in line for line in check(file))


def test_unchanged_protocol_has_no_violation(running, inline_worker, file):
    first = inline_worker.claim()
    recovery.requeue(first.token, 0, "its worker was killed")
    second, third = inline_worker.claim(), inline_worker.claim()
    for batch in (first, second, third):
        inline_worker.process(batch)
    assert check(file) == []


def test_mutant_settling_without_a_token_is_found(running, inline_worker, file, monkeypatch):
    mutants.no_token(monkeypatch.setattr)
    first = inline_worker.claim()
    recovery.requeue(first.token, 0, "it seemed dead")
    again = [inline_worker.claim() for _ in range(5)]
    assert again[-1].items[0].id in [i.id for i in first.items]
    inline_worker.process(first)
    inline_worker.process(again[-1])
    assert is_found(file, "counters:")


def test_mutant_settling_in_two_transactions_is_found(running, inline_worker, file, monkeypatch):
    def die(point):
        if point == "settled":
            raise Killed

    monkeypatch.setattr(settle, "fault_point", die)
    mutants.two_transactions(monkeypatch.setattr)
    batch = inline_worker.claim()
    with pytest.raises(Killed):
        settle.settle_claim(batch, dict.fromkeys(batch.subject_ids, "fits nowhere"), 0.1)
    assert is_found(file, "counters:")


def test_mutant_ending_an_active_stage_is_found(running, inline_worker, file, monkeypatch):
    mutants.advance_without_active(monkeypatch.setattr)
    held = inline_worker.claim()
    inline_worker.drain()
    mutants.transitions.advance(held.run_id)
    assert is_found(file, "stage order:")


def test_mutant_pausing_with_active_items_is_found(running, inline_worker, file, monkeypatch):
    mutants.pause_without_active(monkeypatch.setattr)
    inline_worker.claim()
    controls.pause(running.id)
    recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
    assert is_found(file, "stopped runs:")


def test_mutant_unconditional_requeue_is_found(running, inline_worker, file, monkeypatch):
    mutants.recovery_without_condition(monkeypatch.setattr)
    batch = mutants.claims.claim(inline_worker.heartbeat.worker_id)
    inline_worker.process(batch)
    watcher = Watcher()
    assert watcher.see(take(file)) == []
    recovery.requeue(batch.token, 0, "it seemed dead")
    assert any("effects: done item" in line for line in watcher.see(take(file)))


@on_sqlite
def test_mutant_select_before_insert_is_found(app, site, file, monkeypatch):
    make_keywords(site.id, 4)
    mutants.look_then_insert(monkeypatch.setattr)
    both_looked = threading.Barrier(2)
    monkeypatch.setattr(
        start_run, "fault_point", lambda point: both_looked.wait(10) if point == "looked" else None
    )
    together(app, *[lambda: start_run.start_run(site.id)] * 2)
    assert is_found(file, "one open run:")


def test_mutant_without_unique_keys_is_found(site, inline_worker, file, monkeypatch):
    mutants.no_unique_key(monkeypatch.setattr)
    change_settings(site.id, batches={"cluster": 2})
    make_keywords(site.id, 4)  # all in one cluster
    start_run.start_run(site.id)
    inline_worker.drain()
    assert is_found(file, "effects: a key twice in cluster")


@on_postgresql
def test_mutant_advancing_in_the_item_transaction_is_found(
    app, site, inline_worker, file, monkeypatch
):
    mutants.advance_inside(monkeypatch.setattr)
    change_settings(site.id, parallelism=2, batches={"cluster": 2})
    make_keywords(site.id, 6, a_cluster=2)
    start_run.start_run(site.id)
    inline_worker.process(inline_worker.claim())
    last = [inline_worker.claim(), inline_worker.claim()]
    both_looked = threading.Barrier(2)
    monkeypatch.setattr(
        settle, "fault_point", lambda point: both_looked.wait(10) if point == "looked" else None
    )
    together(app, *[lambda batch=batch: inline_worker.process(batch) for batch in last])
    assert not both_looked.broken
    watcher, found = Watcher(at_work=True), []
    for second in (0, STILL / 2, STILL + 1):
        inline_worker.sweep()
        found += watcher.see(take(file), second)
    assert any("liveness:" in line for line in found)


def test_mutant_heartbeat_per_worker_is_found(running, inline_worker, file, later, monkeypatch):
    def fail(*facts):
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    def a_minute_of_beats_and_sweeps():
        lost = inline_worker.claim()
        with monkeypatch.context() as broken:
            broken.setattr(inline_worker.heartbeat, "send", lambda: None)
            broken.setattr(settle, "write_counters", fail)
            with pytest.raises(OperationalError):
                settle.settle_claim(lost, dict.fromkeys(lost.subject_ids, "fits nowhere"), 0.1)
        watcher, found = Watcher(at_work=True, in_flight=2), []
        for second in range(0, int(STILL) + 10, 5):
            later(5)
            inline_worker.heartbeat.send()
            inline_worker.sweep()
            found += watcher.see(take(file), second)
        return found

    assert a_minute_of_beats_and_sweeps() == []
    mutants.beat_per_worker(monkeypatch.setattr)
    assert any("liveness:" in line for line in a_minute_of_beats_and_sweeps())


def test_mutant_empty_heartbeat_is_found(running, inline_worker, file, later, monkeypatch):
    def is_given_back():
        inline_worker.heartbeat.track_claim(inline_worker.claim().token)
        watcher, found = Watcher(), []
        for _ in range(8):
            later(5)
            inline_worker.heartbeat.send()
            inline_worker.sweep()
            found += watcher.see(take(file))
        return any("recovery: 1 claims were given back" in line for line in found)

    assert not is_given_back()
    mutants.empty_beat(monkeypatch.setattr)
    assert is_given_back()


@on_sqlite
@pytest.mark.parametrize("mutant", [None, mutants.deferred_write])
def test_mutant_deferred_write_lock_is_found(database, tmp_path, monkeypatch, mutant):
    if mutant:
        mutant(monkeypatch.setattr)
    app, claim_of = make_app(tmp_path), claims._claim_from

    def while_another_writes(tx, candidate, worker_id):
        with closing(sqlite3.connect(database.where, timeout=0, isolation_level=None)) as rival:
            locked = False
            try:
                rival.execute("UPDATE automation_run SET version = version + 1")
            except sqlite3.OperationalError:
                locked = True
        assert locked == (mutant is None)
        return claim_of(tx, candidate, worker_id)

    with app.app_context():
        make_keywords(site_id := make_site(), 4)
        start_run.start_run(site_id)
        monkeypatch.setattr(claims, "_claim_from", while_another_writes)
        if mutant:
            with pytest.raises(OperationalError, match="locked"):
                claims.claim(None)
        else:
            assert claims.claim(None) is not None


@pytest.mark.parametrize("mutant", [None, mutants.no_reserve])
def test_mutant_sending_without_reservation_is_found(app, site, file, monkeypatch, mutant):
    if mutant:
        mutant(monkeypatch.setattr)
    change_settings(
        site.id, parallelism=8, cap_run=1000, providers={"draw": {"provider": "demonstration"}}
    )
    make_keywords(site.id, 40)
    start_run.start_run(site.id)
    inline_worker = InlineWorker(app)
    inline_worker.drain()
    assert is_found(file, "credits: a request settled for something else than was reserved") == (
        mutant is not None
    )


@on_postgresql
def test_mutant_claiming_without_run_lock_is_found(app, running, inline_worker, file, monkeypatch):
    mutants.no_share_lock(monkeypatch.setattr)
    monkeypatch.setattr(
        claims,
        "fault_point",
        lambda point: (
            together(app, lambda: controls.pause(running.id)) if point == "looked" else None
        ),
    )
    inline_worker.claim()
    assert is_found(file, "stopped runs:")


def test_mutant_not_enrolling_outputs_is_found(running, inline_worker, file, monkeypatch):
    mutants.outputs_apart(monkeypatch.setattr)
    inline_worker.process(inline_worker.claim())
    assert is_found(file, "not enrolled")


def test_mutant_bar_of_known_items_is_found(running, inline_worker, file, monkeypatch):
    mutants.bar_by_known(monkeypatch.setattr)
    watcher, found = Watcher(), []
    while (batch := inline_worker.claim()) is not None:
        inline_worker.process(batch)
        recovery.Recovery(recovery.Heartbeat(0, "watcher")).sweep()
        found += watcher.see(take(file))
    assert any("bar:" in line for line in found)


def test_mutants_on_other_sites_do_not_interfere(app, inline_worker, file):
    other = make_site("red")
    make_keywords(other, 4)
    start_run.start_run(other)
    inline_worker.drain()
    assert check(file, deletions=False) == []


def test_every_mutant_has_a_test():
    assert len(mutants.TEN) == 10
    text = Path(__file__).read_text()
    assert [name for name in mutants.MUTANTS if f"mutants.{name}" not in text] == []
