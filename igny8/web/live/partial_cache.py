"""Pictures of a run that viewers of one moment share: one is made for all with the same rights, by one thread.

A picture is made anew as soon as its run moves on. Where many look at a run that moves many times a second, that would
take all the time there is: then a picture is good for a moment longer (docs/decisions/0018).
"""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask

from igny8 import clock

MAX_SLOTS = 200
FRESH_FOR_S = 1.0  # seconds while nothing changes: the page counts them itself
MAX_LAG_S = 0.35  # seconds that a picture may be behind its run, where many share it
MAX_LAG_WHILE_RENDERING_S = 0.45  # the same while the next one is in the making
UNSHARED_REQUESTS_PER_S = (
    50  # so many requests a second, for one picture, do not share: no single page asks that often
)


@dataclass(frozen=True)
class CachedPartial:
    """The partial of a run; between its parts goes the form token of who looks."""

    tag: str
    begun: float
    work: float
    parts: list[str]

    def to(self, token: str) -> str:
        """Return the partial for one viewer."""
        return token.join(self.parts)


@dataclass
class CacheSlot:
    """Where the newest picture hangs for those with the same rights, and how many want to see it."""

    turn: threading.RLock = field(default_factory=threading.RLock)
    newest: CachedPartial | None = None
    maker: int | None = None  # the thread that makes the next one
    since: float = 0.0
    wanted: int = 0
    a_second: float = 0.0

    def lasts(self, now: float) -> float:
        """Return how long the newest picture may be shown after its run moved on, and count who asks."""
        self.wanted += 1
        if now - self.since >= 1:
            self.a_second = self.wanted / (now - self.since)
            self.since, self.wanted = now, 0
        if self.a_second > UNSHARED_REQUESTS_PER_S and self.maker not in (
            None,
            threading.get_ident(),
        ):
            return MAX_LAG_WHILE_RENDERING_S
        return min(MAX_LAG_S, self.newest.work * (self.a_second - UNSHARED_REQUESTS_PER_S))


class PartialCache:
    """The walls of an app, by site and rights."""

    def __init__(self):
        self._walls: dict[tuple, CacheSlot] = {}

    def find(self, key: tuple, tag: str, seen: str | None, since: float) -> CachedPartial | None:
        """Return the picture that a viewer may be shown who asked at `since`, whose page shows `seen`, while the run
        is at `tag`; None when one has to be made.
        """
        wall = self._wall(key)
        newest, now = wall.newest, clock.monotonic()
        if newest is None or _tag_order(newest.tag) < _tag_order(seen):
            return None
        age, lasts = now - newest.begun, wall.lasts(now)
        is_good = newest.begun >= since or age < (FRESH_FOR_S if newest.tag == tag else lasts)
        return newest if is_good else None

    @contextmanager
    def turn(self, key: tuple):
        """Let one thread after the other make a picture for a key; who waited finds one that is made."""
        wall = self._wall(key)
        with wall.turn:
            outer, wall.maker = wall.maker, threading.get_ident()
            try:
                yield
            finally:
                wall.maker = outer

    def keep(self, key: tuple, picture: CachedPartial) -> None:
        """Hang up a picture in the place of the one before."""
        self._wall(key).newest = picture

    def _wall(self, key: tuple) -> CacheSlot:
        wall = self._walls.get(key)
        if wall is None:
            if len(self._walls) >= MAX_SLOTS:
                self._walls.clear()
            wall = self._walls.setdefault(key, CacheSlot())
        return wall


def partial_cache_of(app: Flask) -> PartialCache:
    """Return the pictures of an app."""
    return app.extensions.setdefault("igny8.pictures", PartialCache())


def _tag_order(tag: str | None) -> tuple[int, int]:
    """Return (run, version) of a tag, which only grow; what is none comes before all."""
    run, _, rest = (tag or "").partition("-")
    version = rest.partition("-")[0]
    return (int(run), int(version)) if run.isdecimal() and version.isdecimal() else (0, 0)
