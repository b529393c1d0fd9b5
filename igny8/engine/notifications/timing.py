"""When messages may be sent to a channel: digests and quiet hours in its site's time zone."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Row

from igny8 import clock
from igny8.models.notification_channel import AT_ONCE, HOURLY


def is_due(channel: Row, zone: str, since: datetime, now: datetime) -> bool:
    """Return whether events waiting since a time should be sent now to a channel (a row)."""
    return digest_time(channel, zone, since) <= now and not is_quiet(channel, zone, now)


def is_quiet(channel: Row, zone: str, now: datetime) -> bool:
    """Return whether a channel (a row) is in its quiet hours, which may span midnight."""
    if not channel.quiet_from or not channel.quiet_until:
        return False
    start, end = time.fromisoformat(channel.quiet_from), time.fromisoformat(channel.quiet_until)
    local = now.astimezone(clock.time_zone(zone)).time()
    return start <= local < end if start <= end else local >= start or local < end


def digest_time(channel: Row, zone: str, since: datetime) -> datetime:
    """Return when events waiting since a time are due."""
    if channel.digest == AT_ONCE:
        return since
    if channel.digest == HOURLY:
        return since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    place = clock.time_zone(zone)
    day, at = since.astimezone(place).date(), time.fromisoformat(channel.digest_time)
    moments = (
        datetime.combine(day + timedelta(days=ahead), at, place).astimezone(UTC)
        for ahead in range(3)
    )
    return next(moment for moment in moments if moment > since)
