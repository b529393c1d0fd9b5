"""The publishing calendar: the slots of a plan, the next free one, and missed ones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from igny8 import clock
from igny8.engine.publications import actions
from igny8.engine.publications.check_times import time_zone
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Publication, PublishingPlan, PublishingTarget
from igny8.models.publishing_plan import SKIP
from igny8.models.queries import publications

publication, target = Publication.__table__, PublishingTarget.__table__
plan = PublishingPlan.__table__
MISSED_AFTER = timedelta(hours=1)  # how late a text still counts as on time
MAX_AHEAD_DAYS = 730
CALENDAR = "calendar"
MISSED = "Its time passed while nothing was running."


def slots(row: Row, zone: str, after: datetime, days: int = MAX_AHEAD_DAYS) -> Iterator[datetime]:
    """Yield the slots of a plan after a moment, as times in UTC.

    A time that is skipped when clocks change comes an hour later; one that occurs twice is one
    slot.
    """
    first = after.astimezone(clock.time_zone(zone)).date()
    for ahead in range(days):
        day = first + timedelta(days=ahead)
        if day.weekday() in row.days:
            yield from (moment for moment in slots_of_day(row, zone, day) if moment > after)


def slots_of_day(row: Row, zone: str, day: date) -> list[datetime]:
    """Return the slots of a plan on a day of its time zone."""
    place = clock.time_zone(zone)
    if day.weekday() not in row.days:
        return []
    wanted = (time.fromisoformat(text) for text in row.times)
    return sorted({datetime.combine(day, each, place).astimezone(UTC) for each in wanted})


def next_free_slot(tx: Any, site_id: int, target_id: int) -> datetime | None:
    """Return the next slot of a target without a scheduled article; None without a plan."""
    row = PublishingPlan.of_site(tx, site_id)
    if row is None:
        return None
    taken = set(
        tx.execute(
            select(publication.c.publish_at).where(
                publication.c.target_id == target_id, publication.c.publish_at.is_not(None)
            )
        ).scalars()
    )
    zone = time_zone(tx, site_id)
    return next((slot for slot in slots(row, zone, clock.now()) if slot not in taken), None)


def schedule_next(tx: Connection, site_id: int, content_id: int, at: Row, who: str) -> bool:
    """Schedule an approved article for a target's next free slot; False if there is none.

    The row of the target is locked, so that no two articles get the same slot.
    """
    tx.execute(select(target.c.id).where(target.c.id == at.id).with_for_update())
    slot = next_free_slot(tx, site_id, at.id)
    return slot is not None and actions.schedule(tx, site_id, content_id, at, who, slot)


def fill(site_id: int, at: Row, who: str) -> int:
    """Schedule the approved articles that a target lacks in its free slots; return how many."""
    with read_transaction() as tx:
        ids = publications.unpublished_ids(tx, site_id, at.id)
    count = 0
    for content_id in ids:
        with write_transaction() as tx:
            count += schedule_next(tx, site_id, content_id, at, who)
    return count


def move_missed() -> None:
    """Move articles whose time passed while no worker was running, as the site's plan says.

    Targets that already have an article publish it themselves. Sites without a plan publish late
    articles at once.
    """
    late = (
        select(publication, plan.c.missed)
        .join(plan, plan.c.site_id == publication.c.site_id)
        .where(
            publication.c.state == "scheduled",
            publication.c.publish_at < clock.now() - MISSED_AFTER,
            publication.c.step == "",
        )
        .order_by(publication.c.publish_at, publication.c.id)
    )
    with read_transaction() as tx:
        rows = tx.execute(late).all()
    kept: set[int] = set()
    for row in rows:
        if row.missed != SKIP and row.target_id not in kept:
            kept.add(row.target_id)
            continue
        _move(row)


def _move(row: Row) -> None:
    """Move an article to the next free slot; without one it is late and published at once."""
    with write_transaction() as tx:
        tx.execute(select(target.c.id).where(target.c.id == row.target_id).with_for_update())
        slot = next_free_slot(tx, row.site_id, row.target_id)
        still = (
            publication.c.id == row.id,
            publication.c.state == "scheduled",
            publication.c.publish_at == row.publish_at,
        )
        taken = select(func.count()).select_from(publication).where(*still)
        if slot is None or not tx.execute(taken).scalar_one():
            return
        values: dict[str, Any] = {"publish_at": slot, "not_before": slot}
        sources = ("scheduled",)
        Publication.transition(tx, row.id, sources, "scheduled", CALENDAR, MISSED, **values)
