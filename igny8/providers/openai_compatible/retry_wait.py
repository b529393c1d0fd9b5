"""Read the waiting time that a server requests in its headers or its text."""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC

from igny8 import clock

WAIT_IN_TEXT = re.compile(
    r"(?:try again|retry|wait)\D{0,20}?(?:(\d+)\s*m(?:in\w*)?\s*)?(\d+(?:\.\d+)?)\s*(ms|s)\b",
    re.IGNORECASE,
)
RETRY_DELAY = re.compile(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
MAX_WAIT_S = 86_400.0


def requested_wait(headers: Mapping[str, str], body: str = "") -> float | None:
    """Return the seconds to wait, from Retry-After, a reset header or the text, else None."""
    found = retry_after(headers.get("retry-after"))
    if found is None and (headers.get("retry-after-ms") or "").isdigit():
        found = int(headers["retry-after-ms"]) / 1000
    if found is not None:
        return found
    resets = [
        _reset(headers.get(name))
        for name in (
            "x-ratelimit-reset",
            "x-ratelimit-reset-requests",
            "x-ratelimit-reset-tokens",
            "ratelimit-reset",
        )
    ]
    waits = [seconds for seconds in resets if seconds]
    if waits:
        return min(max(waits), MAX_WAIT_S)
    if delay := RETRY_DELAY.search(body):
        return min(float(delay[1]), MAX_WAIT_S)
    if wait := WAIT_IN_TEXT.search(body):
        seconds = float(wait[2]) / (1000 if wait[3].lower() == "ms" else 1)
        return min(60 * int(wait[1] or 0) + seconds, MAX_WAIT_S)
    return None


def _reset(value: str | None) -> float | None:
    """Return the seconds of a reset header: seconds, Unix time in s or ms, or 6m0s."""
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        number = float(text)
        if number > 1e11:
            number /= 1000
        return max(0.0, number - clock.now().timestamp()) if number > 1e9 else number
    found = DURATION.fullmatch(text) if text else None
    if not found or not any(found.groups()):
        return None
    hours, minutes, seconds, millis = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds + millis / 1000


def retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3), else None."""
    text = (header or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), MAX_WAIT_S)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - clock.now()).total_seconds()), MAX_WAIT_S)
