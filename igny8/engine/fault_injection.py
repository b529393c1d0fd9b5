"""Kill this process at a named point, for tests: IGNY8_FAULT=point or point:n (the nth time)."""

import os
import signal

FAULT_POINTS = ("begun", "claimed", "asked", "answered", "settling", "settled", "advanced")
PAID_REQUEST_FAULT_POINTS = ("reserved", "sent", "kept")
PUBLISHING_FAULT_POINTS = (
    "publication_claimed",
    "publication_intended",
    "publication_answered",
    "publication_stored",
    "publication_settling",
)
NOTIFICATION_FAULT_POINTS = (
    "notification_claimed",
    "notification_handed_over",
    "notification_sent",
    "notification_settling",
)
INVENTORY_FAULT_POINTS = ("page_claimed", "page_fetched", "page_stored")
CHANGE_FAULT_POINTS = ("change_claimed", "change_answered")
APPROVAL_FAULT_POINTS = ("approval_due", "approval_decided", "approval_stored")
FAULT_SIGNAL = signal.SIGKILL
_passages: dict[str, int] = {}


def fault_point(point: str) -> None:
    """Kill the process if the environment names this point; otherwise do nothing."""
    wanted = os.environ.get("IGNY8_FAULT")
    if not wanted:
        return
    name, _, count = wanted.partition(":")
    if name == point:
        _passages[point] = _passages.get(point, 0) + 1
        if _passages[point] >= int(count or 1):
            os.kill(os.getpid(), FAULT_SIGNAL)
