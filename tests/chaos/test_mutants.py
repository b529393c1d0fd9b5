"""The checker is worth its name only if it finds bugs: each mutant of the protocol is found."""

import threading

import pytest

from igny8.engine import begin, controls, recovery, settle
from tests.chaos import mutants
from tests.chaos.checker import Watcher, check, take
from tests.conftest import on_sqlite
from tests.factories import change_settings, make_keywords, make_site


class Killed(Exception):
    """Stands for a process that dies at a fault point."""


@pytest.fixture
def running(site, crew):
    """Return the site, its run begun over 10 keywords in batches of 2, of which one is done."""
    change_settings(site.id, parallelism=9, batches={"cluster": 2, "ideate": 1, "plan": 1})
    make_keywords(site.id, 10)
    begin.run_now(site.id)
    crew.work(crew.claim())
    return site


def is_found(file, what: str) -> bool:
    return any(what in line for line in check(file))


def test_the_unchanged_protocol_shows_nothing(running, crew, file):
    first = crew.claim()
    recovery.give_back(first.token, 0, "its worker was killed")
    second, third = crew.claim(), crew.claim()
    for batch in (first, second, third):
        crew.work(batch)
    assert check(file) == []


def test_settling_without_a_token_is_found(running, crew, file, monkeypatch):
    mutants.no_token(monkeypatch.setattr)
    first = crew.claim()
    recovery.give_back(first.token, 0, "it seemed dead")
    again = [crew.claim() for _ in range(5)]
    assert again[-1].items[0].id in [i.id for i in first.items]
    crew.work(first)
    crew.work(again[-1])
    assert is_found(file, "I2")


def test_two_transactions_are_found_when_a_kill_falls_between(running, crew, file, monkeypatch):
    def die(point):
        if point == "settled":
            raise Killed
    monkeypatch.setattr(settle, "fault", die)
    mutants.two_transactions(monkeypatch.setattr)
    batch = crew.claim()
    with pytest.raises(Killed):
        settle.settle(batch, {s: "fits nowhere" for s in batch.subjects}, 0.1)
    assert is_found(file, "I2")


def test_calling_a_stage_over_that_is_in_work_is_found(running, crew, file, monkeypatch):
    mutants.advance_without_active(monkeypatch.setattr)
    held = crew.claim()
    crew.drain()
    mutants.advance.advance(held.run_id)
    assert is_found(file, "I6")


def test_pausing_what_is_in_work_is_found(running, crew, file, monkeypatch):
    mutants.pause_without_active(monkeypatch.setattr)
    crew.claim()
    controls.pause(running.id)
    recovery.Heart(0, "watcher").sweep()
    assert is_found(file, "I7")


def test_giving_back_without_a_condition_is_found(running, crew, file, monkeypatch):
    mutants.recovery_without_condition(monkeypatch.setattr)
    batch = mutants.claims.claim(crew.heart.worker_id)
    crew.work(batch)
    watcher = Watcher()
    assert watcher.see(take(file)) == []
    recovery.give_back(batch.token, 0, "it seemed dead")
    assert any("I4 done item" in line for line in watcher.see(take(file)))


@on_sqlite
def test_looking_before_inserting_is_found(app, site, file, monkeypatch):
    make_keywords(site.id, 4)
    mutants.look_then_insert(monkeypatch.setattr)
    both_looked = threading.Barrier(2)
    monkeypatch.setattr(begin, "fault", lambda point: both_looked.wait(10) if point == "looked" else None)

    def click():
        with app.app_context():
            begin.run_now(site.id)
    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_found(file, "I1")


def test_outputs_that_are_not_enrolled_are_found(running, crew, file, monkeypatch):
    mutants.outputs_apart(monkeypatch.setattr)
    crew.work(crew.claim())
    assert is_found(file, "not enrolled")


def test_a_bar_that_counts_what_is_known_is_found(running, crew, file, monkeypatch):
    mutants.bar_by_known(monkeypatch.setattr)
    watcher, found = Watcher(), []
    while (batch := crew.claim()) is not None:
        crew.work(batch)
        recovery.Heart(0, "watcher").sweep()
        found += watcher.see(take(file))
    assert any("P4" in line for line in found)


def test_a_site_of_another_mutant_is_not_blamed(app, crew, file):
    other = make_site("red")
    make_keywords(other, 4)
    begin.run_now(other)
    crew.drain()
    assert check(file, deletions=False) == []
