"""Digests and quiet hours follow the clock of the site, also when it is changed."""

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.engine.notifications.timing import digest_time, is_due, is_quiet

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda at: f"{at:%H:%M}")


def channel(digest="now", digest_time="08:00", quiet_from="", quiet_until=""):
    return SimpleNamespace(
        digest=digest, digest_time=digest_time, quiet_from=quiet_from, quiet_until=quiet_until
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        ("now", "2026-06-01T10:20", True),
        ("hour", "2026-06-01T10:59", False),
        ("hour", "2026-06-01T11:00", True),
        ("day", "2026-06-02T05:59", False),
        ("day", "2026-06-02T06:00", True),  # 08:00 in Berlin
    ],
)
def test_event_is_due_at_once_or_with_the_digest(digest, now, due):
    since = at("2026-06-01T10:20")
    assert is_due(channel(digest), "Europe/Berlin", since, at(now)) is due


def test_quiet_hours_may_span_midnight():
    night = channel(quiet_from="22:00", quiet_until="07:00")
    quiet = [is_quiet(night, "UTC", at(f"2026-06-01T{hour:02}:00")) for hour in range(24)]
    assert [hour for hour, is_it in enumerate(quiet) if is_it] == [*range(7), 22, 23]


@given(MOMENTS, TIMES, st.sampled_from(ZONES))
def test_daily_digest_is_due_within_a_day_at_its_time(since, wanted, zone):
    due = digest_time(channel("day", wanted), zone, since)
    assert since < due <= since + timedelta(hours=25)
    local = due.astimezone(ZoneInfo(zone))
    is_skipped = local.utcoffset() != (local - timedelta(hours=2)).utcoffset()
    assert f"{local:%H:%M}" == wanted or is_skipped


@given(MOMENTS, TIMES, TIMES, st.sampled_from(ZONES))
def test_quiet_hours_delay_messages_until_their_end(now, start, end, zone):
    night = channel(quiet_from=start, quiet_until=end)
    if is_quiet(night, zone, now):
        assert not is_due(night, zone, now, now)
    local = datetime.combine(
        now.astimezone(ZoneInfo(zone)).date(), time.fromisoformat(end), ZoneInfo(zone)
    )
    assert not is_quiet(night, zone, local.astimezone(UTC)) or start == end or local.fold
