"""Creations at a target whose answer was lost: wait until one cannot take effect any more."""

from collections.abc import Callable
from typing import Any

from igny8 import clock
from igny8.engine.publications.work import OutcomePending, Work
from igny8.publishing.requests import TargetError

SETTLE_S = 60.0  # how long a request whose answer was lost may still take effect at the target
MAX_SETTLE_S = 900.0  # by our own clock, at a target whose clock stands still


def wait_until_settled(work: Work, name: str, at: float | None) -> None:
    """Raise OutcomePending while an earlier request of that name may still take effect.

    `at` is the time of the target now; without one our own clock counts.
    """
    intent = work.state["intent"]
    if not intent or intent["name"] != name or not intent["is_unknown"]:
        return
    own_passed = clock.now().timestamp() - intent["at"]
    passed = own_passed
    if at is not None and intent.get("site_at") is not None and at >= intent["site_at"]:
        passed = at - intent["site_at"]
    if passed < SETTLE_S and own_passed <= MAX_SETTLE_S:
        raise OutcomePending(min(SETTLE_S, SETTLE_S - passed))


def create(work: Work, request: Callable[[], Any]) -> Any:
    """Return what a creating request returns; note where it certainly did nothing."""
    try:
        return request()
    except TargetError as error:
        if not error.is_unknown:
            work.refused()
        raise
