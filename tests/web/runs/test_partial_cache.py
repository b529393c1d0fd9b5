"""Viewers with the same rights share the partial of a run, which is never older than allowed."""

import threading

import pytest

from igny8 import clock
from igny8.web.runs.partial_cache import (
    MAX_AGE_S,
    MAX_LAG_S,
    MAX_LAG_WHILE_RENDERING_S,
    CachedPartial,
    PartialCache,
)
from tests.waiting import until

KEY = ("green", "see", False)


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """Return a list whose first number is the time."""
    at = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: at[0])
    return at


class Cache:
    """A cache with a partial of version 7, and which tags were rendered since."""

    def __init__(self, now: list[float]):
        self.cache, self.now, self.rendered = PartialCache(), now, []
        self.get("1-7-2", None)
        self.rendered.clear()

    def get(self, tag: str, shown: str | None, key: tuple = KEY) -> CachedPartial:
        """Return the partial for a page; a new one is of the tag."""
        return self.cache.get(key, tag, shown, lambda: self.render(tag))

    def render(self, tag: str) -> CachedPartial:
        self.rendered.append(tag)
        return CachedPartial(tag, self.now[0], ["<p>", "</p>"])


@pytest.fixture
def cache(now) -> Cache:
    """Return a cache with a partial of version 7 that has just been rendered."""
    return Cache(now)


def test_partial_of_an_unchanged_run_is_shared_for_a_second(cache, now):
    now[0] += MAX_AGE_S - 0.1
    assert cache.get("1-7-2", "1-6-2") and cache.rendered == []
    now[0] += 0.2
    assert cache.get("1-7-2", "1-6-2") and cache.rendered == ["1-7-2"]


def test_partial_of_a_changed_run_is_shared_for_a_moment(cache, now):
    now[0] += MAX_LAG_S - 0.01
    assert cache.get("1-8-2", "1-6-2").tag == "1-7-2"
    now[0] += 0.02
    assert cache.get("1-8-2", "1-6-2").tag == "1-8-2"


@pytest.mark.parametrize("shown", ["1-7-2", "1-8-2", "2-1-2"])
def test_poll_never_returns_an_older_partial(cache, shown):
    assert cache.get("2-2-2", shown).tag == "2-2-2"


def test_worker_that_comes_or_goes_is_shown_at_once(cache):
    assert cache.get("1-7-0", "1-7-2").tag == "1-7-0"


@pytest.mark.parametrize("key", [("green", "see", True), ("red", "see", False)])
def test_viewers_with_other_rights_get_another_partial(cache, key):
    assert cache.get("1-7-2", None, key) and cache.rendered == ["1-7-2"]


@pytest.mark.parametrize("shown", ["1-6-2", "1-7-2"])
def test_page_gets_the_last_partial_or_waits_during_rendering(cache, now, shown):
    is_rendering, may_end, found = threading.Event(), threading.Event(), []

    def render() -> CachedPartial:
        is_rendering.set()
        assert may_end.wait(10)
        return cache.render("1-8-2")

    now[0] += MAX_LAG_WHILE_RENDERING_S - 0.01
    first = threading.Thread(target=cache.cache.get, args=(KEY, "1-8-2", "1-6-2", render))
    first.start()
    assert is_rendering.wait(10)
    other = threading.Thread(target=lambda: found.append(cache.get("1-8-2", shown).tag))
    other.start()
    if shown == "1-6-2":
        until(lambda: found, 10)
    may_end.set()
    first.join(10)
    other.join(10)
    assert found == ["1-7-2" if shown == "1-6-2" else "1-8-2"]
    assert cache.rendered == ["1-8-2"]


def test_each_viewer_gets_their_own_csrf_token(cache):
    assert cache.get("1-7-2", None).with_token("mine") == "<p>mine</p>"
