"""Wait until a creating request whose answer was lost can no longer take effect at a target."""

from collections.abc import Callable
from typing import Any

from igny8 import clock
from igny8.engine.publications.work import OutcomePending, Work
from igny8.publishing.requests import TargetError

SETTLE_S = 60.0  # how long a request whose answer was lost may still take effect at the target
MAX_SETTLE_S = 900.0  # by our own clock, at a target whose clock stands still


def wait_until_settled(work: Work, name: str, at: float | None) -> None:
    """Raise OutcomePending while an earlier request of that name may still take effect.

    `at` is the current time of the target; by default that of this host.
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
    """Send a creating request and return its result; note an error that had certainly no effect."""
    try:
        return request()
    except TargetError as error:
        if not error.is_unknown:
            work.refused()
        raise
