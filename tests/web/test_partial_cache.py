"""Viewers with the same rights share the partial of a run, which is never older than allowed."""

import pytest

from igny8 import clock
from igny8.web.runs.partial_cache import MAX_AGE_S, MAX_LAG_S, CachedPartial, PartialCache

KEY = ("green", "see", False)


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """Return a list whose first number is the time."""
    at = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: at[0])
    return at


@pytest.fixture
def cache(now) -> PartialCache:
    """Return a cache with a partial of version 7 that has just been rendered."""
    filled = PartialCache()
    filled.put(KEY, CachedPartial("1-7-2", now[0], ["<p>", "</p>"]))
    return filled


def test_partial_of_an_unchanged_run_is_shared_for_a_second(cache, now):
    now[0] += MAX_AGE_S - 0.1
    assert cache.get(KEY, "1-7-2", "1-6-2") is not None
    now[0] += 0.2
    assert cache.get(KEY, "1-7-2", "1-6-2") is None


def test_partial_of_a_changed_run_is_shared_for_a_moment(cache, now):
    now[0] += MAX_LAG_S - 0.01
    assert cache.get(KEY, "1-8-2", "1-6-2") is not None
    now[0] += 0.02
    assert cache.get(KEY, "1-8-2", "1-6-2") is None


@pytest.mark.parametrize("shown", ["1-7-2", "1-8-2", "2-1-2"])
def test_page_never_gets_what_it_already_shows_or_older(cache, shown):
    assert cache.get(KEY, "2-2-2", shown) is None


def test_worker_that_comes_or_goes_is_shown_at_once(cache):
    assert cache.get(KEY, "1-7-0", "1-7-2") is None


def test_viewers_with_other_rights_get_another_partial(cache):
    assert cache.get(("green", "see", True), "1-7-2", None) is None
    assert cache.get(("red", "see", False), "1-7-2", None) is None


def test_each_viewer_gets_the_own_token(cache):
    assert cache.get(KEY, "1-7-2", None).with_token("mine") == "<p>mine</p>"
