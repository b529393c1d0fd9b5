"""The one clock: wall time for display, monotonic time for every decision."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time as an aware UTC datetime; tests patch it here."""
    return datetime.now(UTC)


def wait(seconds: float) -> None:
    """Let time pass; tests patch it here."""
    time.sleep(seconds)


def monotonic() -> float:
    """Return seconds of a clock that never jumps; use it to measure, never to show."""
    return time.monotonic()
