"""Template filters that format times in the reader's time zone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import g

from igny8 import clock
from igny8.formatting import DAY_S, format_age


def clock_time(value: Any) -> str:
    """Return the time of day in the time zone of the site: "10:30:22"."""
    local = _local(value)
    return local.strftime("%H:%M:%S") if local else "–"


def short_time(value: Any) -> str:
    """Return a time: "10:00" today, "Mon 02:00" this week, else "12 Nov 02:00"."""
    local = _local(value)
    if local is None:
        return "–"
    today = _in_zone(clock.now())
    if local.date() == today.date():
        return local.strftime("%H:%M")
    if timedelta() <= today - local < timedelta(days=6):
        return local.strftime("%a %H:%M")
    return (
        f"{local.day} {local.strftime('%b %H:%M' if local.year == today.year else '%b %Y %H:%M')}"
    )


def short_date(value: Any) -> str:
    """Return a date: "today", "Sunday", "12 Nov 2026"."""
    local = _local(value)
    if local is None:
        return "–"
    today = _in_zone(clock.now())
    gone = (today.date() - local.date()).days
    if gone in (0, 1):
        return ("today", "yesterday")[gone]
    return local.strftime("%A") if 0 < gone < 6 else f"{local.day} {local.strftime('%b %Y')}"


def upcoming_time(value: Any) -> str:
    """Return a time in the future: "today 02:00", "Tue 02:00", "12 Nov 02:00".

    The year is shown if it is not the current one: "5 Jan 2028 02:00".
    """
    local, today = _in_zone(value), _in_zone(clock.now())
    ahead = (local.date() - today.date()).days
    name = (
        "today"
        if ahead == 0
        else local.strftime("%a")
        if 0 < ahead < 7
        else f"{local.day} {local.strftime('%b' if local.year == today.year else '%b %Y')}"
    )
    return f"{name} {local.strftime('%H:%M')}"


def local_input(value: Any) -> str:
    """Return a time as the value of a datetime field: "2026-12-01T09:00"."""
    local = _local(value)
    return local.strftime("%Y-%m-%dT%H:%M") if local else ""


def ago(value: Any) -> str:
    """Return an age: "just now", "14 s ago", "3 min ago", "2 h ago", then the date."""
    local = _local(value)
    if local is None:
        return "never"
    seconds = (clock.now() - local).total_seconds()
    return format_age(seconds) if seconds < DAY_S else short_date(value)


def full_time(value: Any) -> str:
    """Return a time in full, for a title attribute."""
    local = _local(value)
    return f"{local.day} {local.strftime('%b %Y, %H:%M:%S %Z')}" if local else ""


def _local(value: Any) -> datetime | None:
    return None if value is None else _in_zone(value)


def _in_zone(value: datetime | str | float) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, (int, float)):
        value = datetime.fromtimestamp(value, UTC)
    return value.astimezone(clock.time_zone(g.get("time_zone") or "UTC"))
