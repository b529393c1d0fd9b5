"""When published articles are checked: once a night in the time zone of the site."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from igny8 import clock
from igny8.models import SiteSettings

NIGHT = time(3)


def time_zone(tx: Any, site_id: int) -> str:
    """Return the name of the time zone of a site."""
    query = select(SiteSettings.time_zone).where(SiteSettings.site_id == site_id)
    return tx.execute(query).scalar() or "UTC"


def next_check(tx: Any, site_id: int, after: datetime) -> datetime:
    """Return the time of a site's next nightly check after a moment."""
    place = clock.time_zone(time_zone(tx, site_id))
    day = after.astimezone(place).date()
    moments = (
        datetime.combine(day + timedelta(days=ahead), NIGHT, place).astimezone(UTC)
        for ahead in range(3)
    )
    return next(moment for moment in moments if moment > after)
