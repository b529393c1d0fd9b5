"""Start runs on a schedule: every day or every week, at a time of the site's time zone."""

import logging
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.exc import NoResultFound

from igny8 import clock
from igny8.engine.runs.start_run import has_pending_work, start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import SiteSettings

OFF, DAILY = "off", "day"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SCHEDULES = {
    OFF: "Only manually (“Run now”)",
    DAILY: "Every day",
    **{str(number): f"Every {name}" for number, name in enumerate(WEEKDAYS)},
}
# The longest time from one start to the next, with an hour for a change of clocks: a later one was
# set while a clock was wrong.
MAX_AHEAD_DAILY, MAX_AHEAD_WEEKLY = timedelta(days=1, hours=2), timedelta(days=7, hours=2)
settings = SiteSettings.__table__
log = logging.getLogger(__name__)


def next_run_time(every: str, at: str, zone: str, after: datetime) -> datetime | None:
    """Return the next time of a schedule after a moment, or None when it is off.

    `at` is "HH:MM" in the zone. A time that is skipped when clocks change comes an hour later; a
    time that occurs twice counts once.
    """
    if every == OFF:
        return None
    place = clock.time_zone(zone)
    day, wanted = after.astimezone(place).date(), time.fromisoformat(at)
    for ahead in range(9):
        moment = datetime.combine(day + timedelta(days=ahead), wanted, place).astimezone(UTC)
        if moment > after and every in (DAILY, str((day + timedelta(days=ahead)).weekday())):
            return moment
    raise AssertionError(f"no day in {every!r}")


def start_due_runs() -> int:
    """Start the runs that are due and set their next time; return how many started.

    The run starts before its next time is written: a process that dies in between tries again and
    finds the open run. Nothing starts when nothing waits. Times missed while no process was
    running are made up for once.
    """
    correct_next_times()
    with read_transaction() as tx:
        due = tx.execute(select(settings).where(settings.c.next_run_at <= clock.now())).all()
    started = 0
    for row in due:
        try:
            if has_pending_work(row.site_id):
                started += start_run(row.site_id, trigger="scheduled", by="the schedule")[1]
        except (ActionRefused, NoResultFound):  # the site was deleted a moment ago
            continue
        _set_next_time(row)
    return started


def is_too_far_ahead(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a next time is beyond what the schedule allows."""
    coming = settings.c.next_run_at
    return or_(
        coming > now + MAX_AHEAD_WEEKLY,
        and_(settings.c.schedule == DAILY, coming > now + MAX_AHEAD_DAILY),
    )


def correct_next_times() -> None:
    """Compute the next times anew that were set while a clock was wrong."""
    with read_transaction() as tx:
        wrong = tx.execute(select(settings).where(is_too_far_ahead(clock.now()))).all()
    for row in wrong:
        log.warning(
            "the next run of site %d was set to %s, which its schedule does not allow; "
            "a clock was wrong. It is computed anew.",
            row.site_id,
            row.next_run_at.isoformat(),
        )
        _set_next_time(row)


def _set_next_time(row: Row) -> None:
    """Write the next time of a site's schedule, unless it was changed meanwhile."""
    next_time = next_run_time(row.schedule, row.schedule_time, row.time_zone, clock.now())
    with write_transaction() as tx:
        tx.execute(
            update(settings)
            .where(settings.c.site_id == row.site_id, settings.c.next_run_at == row.next_run_at)
            .values(next_run_at=next_time)
        )
