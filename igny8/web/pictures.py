"""Pictures of a run that viewers of one moment share: one is made for all with the same rights, by one thread.

A picture is made anew as soon as its run moves on. Where many look at a run that moves many times a second, that would
take all the time there is: then a picture is good for a moment longer (docs/decisions/0017).
"""

import threading
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app

from igny8 import clock

MOST = 200
GOOD_FOR = 1.0  # seconds while nothing changes: the page counts them itself
SHARED_FOR = 0.25  # seconds that a picture may be behind its run, where many share it
ALMOST_THERE = 0.45  # the same while the next one is in the making
WORTH = 10  # times the work of a picture that each one who shares it lets it last


@dataclass
class Picture:
    """The partial of a run; between its parts goes the form token of who looks."""

    tag: str
    begun: float
    work: float
    parts: list[str]
    shown: int = 1

    def to(self, token: str) -> str:
        """Return the partial for one viewer."""
        self.shown += 1
        return token.join(self.parts)


class Pictures:
    """The newest picture of each run by the rights of who looks."""

    def __init__(self):
        self._newest: dict[tuple, Picture] = {}
        self._turns: dict[tuple, threading.Lock] = {}

    def find(self, key: tuple, tag: str, seen: str | None, since: float) -> Picture | None:
        """Return the picture that a viewer may be shown who asked at `since`, whose page shows `seen`, while the run
        is at `tag`; None when one has to be made."""
        newest, now = self._newest.get(key), clock.monotonic()
        if newest is None or _moment(newest.tag) < _moment(seen):
            return None
        age = now - newest.begun
        if newest.begun >= since or newest.tag == tag and age < GOOD_FOR:
            return newest
        lasts = min(SHARED_FOR, WORTH * newest.work * (newest.shown - 1))
        turn = self._turns.get(key)
        return newest if age < (ALMOST_THERE if turn is not None and turn.locked() else lasts) else None

    @contextmanager
    def turn(self, key: tuple):
        """Let one thread after the other make a picture for a key; who waited finds one that is made."""
        with self._turns.setdefault(key, threading.Lock()):
            yield

    def keep(self, key: tuple, picture: Picture) -> None:
        """Keep a picture in the place of the one before."""
        if len(self._newest) >= MOST and key not in self._newest:
            self._newest.clear()
            self._turns.clear()
        self._newest[key] = picture


def pictures() -> Pictures:
    """Return the pictures of this app."""
    return current_app.extensions.setdefault("igny8.pictures", Pictures())


def _moment(tag: str | None) -> tuple[int, int]:
    """Return (run, version) of a tag, which only grow; what is none comes before all."""
    run, _, rest = (tag or "").partition("-")
    version = rest.partition("-")[0]
    return (int(run), int(version)) if run.isdecimal() and version.isdecimal() else (0, 0)
