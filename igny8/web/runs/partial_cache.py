"""Cache the partial of a run, rendered once for all viewers with the same rights."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from igny8 import clock

MAX_ENTRIES = 200
MAX_AGE_S = 1.0  # while the run is unchanged: the page counts the seconds itself
MAX_LAG_S = 0.3  # after the run has changed
MAX_LAG_WHILE_RENDERING_S = 0.5  # a page promises half a second beside its interval


@dataclass(frozen=True)
class CachedPartial:
    """The partial of a run, split where the CSRF token of the viewer belongs."""

    tag: str
    rendered_at: float
    parts: list[str]

    def with_token(self, token: str) -> str:
        """Return the HTML for one viewer."""
        return token.join(self.parts)


class PartialCache:
    """The newest partial per key: a site and the rights of a viewer."""

    def __init__(self) -> None:
        self._partials: dict[tuple, CachedPartial] = {}
        self._locks: dict[tuple, threading.Lock] = {}

    def get(
        self, key: tuple, tag: str, shown: str | None, render: Callable[[], CachedPartial]
    ) -> CachedPartial:
        """Return the partial for a page that shows the tag `shown` of a run now at `tag`.

        A page never gets a partial older than what it shows. If none is fresh enough, one thread
        renders it; the others briefly get the last one, or wait.
        """
        lock = self._locks.setdefault(key, threading.Lock())
        max_lag_s = MAX_LAG_WHILE_RENDERING_S if lock.locked() else MAX_LAG_S
        partial = self._find(key, tag, shown, max_lag_s)
        if partial is None:
            with lock:
                partial = self._find(key, tag, shown, MAX_LAG_S) or self._put(key, render())
        return partial

    def _find(
        self, key: tuple, tag: str, shown: str | None, max_lag_s: float
    ) -> CachedPartial | None:
        partial = self._partials.get(key)
        if partial is None:
            return None
        age = clock.monotonic() - partial.rendered_at
        if partial.tag == tag:
            return partial if age < MAX_AGE_S else None
        is_newer = _order(partial.tag) > _order(shown)
        return partial if is_newer and age < max_lag_s else None

    def _put(self, key: tuple, partial: CachedPartial) -> CachedPartial:
        if len(self._partials) >= MAX_ENTRIES:
            self._partials.clear()
            self._locks.clear()
        self._partials[key] = partial
        return partial


def partial_cache_of(app: Flask) -> PartialCache:
    """Return the cache of an app."""
    return app.extensions.setdefault("igny8.partials", PartialCache())


def _order(tag: str | None) -> tuple[int, int]:
    """Return (run, version) of a tag, which only increase; (0, 0) for anything else."""
    run, _, rest = (tag or "").partition("-")
    version = rest.partition("-")[0]
    return (int(run), int(version)) if run.isdecimal() and version.isdecimal() else (0, 0)
