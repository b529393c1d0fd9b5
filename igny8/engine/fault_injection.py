"""Named points at which a test may kill this process: IGNY8_FAULT=point or point:n (the n-th time)."""

import os
import signal

POINTS = ("begun", "claimed", "asked", "answered", "settling", "settled", "advanced")
PAID = ("reserved", "sent", "kept")  # passed by paid requests alone
DEATH = signal.SIGKILL
_seen: dict[str, int] = {}


def fault(point: str) -> None:
    """Kill the process when the environment names this point; else do nothing."""
    wanted = os.environ.get("IGNY8_FAULT")
    if not wanted:
        return
    name, _, count = wanted.partition(":")
    if name == point:
        _seen[point] = _seen.get(point, 0) + 1
        if _seen[point] >= int(count or 1):
            os.kill(os.getpid(), DEATH)
