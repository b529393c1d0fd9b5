"""Runs that begin by themselves: every day or every week, at a time of the site's own clock."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound

from igny8 import clock
from igny8.engine.runs.start_run import has_pending_work, start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import SiteSettings

OFF, DAILY = "off", "day"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SCHEDULES = {
    OFF: "Only by hand (“Run now”)",
    DAILY: "Every day",
    **{str(number): f"Every {name}" for number, name in enumerate(WEEKDAYS)},
}
settings = SiteSettings.__table__


def next_run_time(every: str, at: str, zone: str, after: datetime) -> datetime | None:
    """Return the next moment of a schedule after a moment, None when it is off.

    `at` is "HH:MM" on the clock of the zone. A time that the clock leaves out in spring comes an hour
    later; one that it shows twice in autumn comes once.
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
    """Begin the runs whose time has come and set the next time; return how many began.

    A run comes before its new time is written: who dies between the two tries again, and is then
    answered with the run that is open. When nothing waits no run begins. What was missed while
    nothing was running here is made up for once.
    """
    with read_transaction() as tx:
        due = tx.execute(select(settings).where(settings.c.next_run_at <= clock.now())).all()
    begun = 0
    for row in due:
        try:
            if has_pending_work(row.site_id):
                begun += start_run(row.site_id, trigger="scheduled", by="the schedule")[1]
        except (ActionRefused, NoResultFound):  # the site was deleted a moment ago
            continue
        coming = next_run_time(row.schedule, row.schedule_time, row.time_zone, clock.now())
        with write_transaction() as tx:
            tx.execute(
                update(settings)
                .where(settings.c.site_id == row.site_id, settings.c.next_run_at == row.next_run_at)
                .values(next_run_at=coming)
            )
    return begun
