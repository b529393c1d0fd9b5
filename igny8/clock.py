"""The one clock: wall time for display, monotonic time for every decision."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """Return the current time as an aware UTC datetime; tests patch it here."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Let time pass; tests patch it here."""
    time.sleep(seconds)


def monotonic() -> float:
    """Return seconds of a clock that never jumps; use it to measure, never to show."""
    return time.monotonic()


def time_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name; UTC for one that this machine does not know (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
