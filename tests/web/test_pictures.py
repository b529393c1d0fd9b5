"""Pictures of a run are shared by those who look at the same moment, and never older than they may be."""

import threading

import pytest

from igny8 import clock
from igny8.web.live import partial_cache
from igny8.web.live.partial_cache import CachedPartial, PartialCache

KEY = ("green", "see", False)


@pytest.fixture
def now(monkeypatch):
    """Return a list whose first number is the time."""
    at = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: at[0])
    return at


@pytest.fixture
def wall(now):
    """Return pictures with one of version 7 that has just been made."""
    found = PartialCache()
    found.keep(KEY, CachedPartial("1-7-2", now[0], 0.01, ["<p>", "</p>"]))
    return found


def look(wall, now, tag="1-8-2", seen="1-6-2"):
    return wall.find(KEY, tag, seen, now[0])


def many_look(wall, now) -> None:
    """Let 100 a second look for a second."""
    for _ in range(101):
        now[0] += 0.01
        look(wall, now)
    wall.keep(KEY, CachedPartial("1-7-2", now[0], 0.01, ["<p>", "</p>"]))


def test_it_is_good_while_the_run_has_not_moved_on(wall, now):
    now[0] += 0.9
    assert look(wall, now, tag="1-7-2") is not None
    now[0] += 0.2
    assert look(wall, now, tag="1-7-2") is None


def test_where_few_look_a_run_that_moved_on_is_shown_at_once(wall, now):
    now[0] += 0.001
    assert look(wall, now) is None


def test_where_many_look_it_may_be_a_moment_behind(wall, now):
    many_look(wall, now)
    now[0] += partial_cache.MAX_LAG_S - 0.01
    assert look(wall, now) is not None
    now[0] += 0.02
    assert look(wall, now) is None


def test_nobody_is_shown_what_is_older_than_the_page(wall, now):
    many_look(wall, now)
    assert look(wall, now, seen="1-8-2") is None
    assert look(wall, now, seen="2-1-2") is None


@pytest.mark.parametrize("are_many", [True, False])
def test_while_the_next_one_is_made_the_others_see_the_last_if_they_are_many(wall, now, are_many):
    if are_many:
        many_look(wall, now)
    now[0] += partial_cache.MAX_LAG_WHILE_RENDERING_S - 0.01
    seen = []
    with wall.turn(KEY):
        assert look(wall, now) is None, "who makes it does not find it made"
        other = threading.Thread(target=lambda: seen.append(look(wall, now)))
        other.start()
        other.join(10)
    assert (seen[0] is not None) == are_many


def test_who_waited_for_one_takes_it_though_the_run_moved_on(wall, now):
    asked = now[0] + 0.1
    now[0] += 0.2
    wall.keep(KEY, CachedPartial("1-8-2", now[0], 0.01, ["<p>", "</p>"]))
    now[0] += 0.5
    assert wall.find(KEY, "1-9-2", "1-6-2", asked).tag == "1-8-2"


def test_each_one_gets_the_own_token(wall, now):
    assert look(wall, now, tag="1-7-2").to("mine") == "<p>mine</p>"
