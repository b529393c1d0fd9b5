"""Clock functions that tests can patch: wall time for display, monotonic for decisions."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """Return the current time as an aware UTC datetime."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Sleep for some seconds."""
    time.sleep(seconds)


def monotonic() -> float:
    """Return the seconds of a clock that never jumps, for measuring durations."""
    return time.monotonic()


def time_zone(name: str) -> ZoneInfo:
    """Return a time zone by name; UTC if this machine does not know it."""
    return ZoneInfo(name if is_time_zone(name) else "UTC")


def is_time_zone(name: str) -> bool:
    """Return whether this machine knows a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
