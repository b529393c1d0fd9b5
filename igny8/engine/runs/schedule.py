"""Start runs on a schedule: every day or every week, at a time of the site's time zone."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Row, select, update
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
settings = SiteSettings.__table__


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


def _set_next_time(row: Row) -> None:
    """Write the next time of a site's schedule, unless it was changed meanwhile."""
    next_time = next_run_time(row.schedule, row.schedule_time, row.time_zone, clock.now())
    with write_transaction() as tx:
        tx.execute(
            update(settings)
            .where(settings.c.site_id == row.site_id, settings.c.next_run_at == row.next_run_at)
            .values(next_run_at=next_time)
        )
