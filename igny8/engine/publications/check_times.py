"""When published articles are checked: once a night in the time zone of the site."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from igny8 import clock
from igny8.models import SiteSettings

NIGHT = time(3)


def next_check(tx: Any, site_id: int, after: datetime) -> datetime:
    """Return the time of a site's next nightly check after a moment."""
    query = select(SiteSettings.time_zone).where(SiteSettings.site_id == site_id)
    place = clock.time_zone(tx.execute(query).scalar() or "UTC")
    day = after.astimezone(place).date()
    moments = (
        datetime.combine(day + timedelta(days=ahead), NIGHT, place).astimezone(UTC)
        for ahead in range(3)
    )
    return next(moment for moment in moments if moment > after)
