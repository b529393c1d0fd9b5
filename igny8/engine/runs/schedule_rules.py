"""Compute when a schedule starts runs: days, times and cron expressions in a time zone.

Pure functions; schedule.py starts the runs.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any

from cronsim import CronSim, CronSimError

from igny8 import clock

OFF, DAILY, DAYS, MONTHLY, CRON, WAITING = "off", "day", "days", "month", "cron", "waiting"
KINDS = {
    OFF: "Only manually (“Run now”)",
    DAILY: "Every day",
    DAYS: "On days of the week",
    MONTHLY: "Once per month",
    WAITING: "When enough keywords wait",
    CRON: "By a cron expression",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHECK_INTERVAL = timedelta(minutes=10)  # of WAITING, and the shortest one of a cron expression
CRON_FIELDS = 5
COMPARED_TIMES = 4  # of a cron expression, to find out how often it starts runs
INVALID_CRON = (
    "Enter five fields: minute, hour, day, month, weekday, such as 30 6 * * 1-5 for 06:30 from "
    "Monday to Friday."
)
TOO_OFTEN = "This starts more often than every 10 minutes. Choose a longer interval."


@dataclass(frozen=True)
class Rule:
    """A schedule: `at` is "HH:MM", `days` are weekdays from 0 (Monday), `day` is one of the month.

    A month that is shorter than `day` has its last day instead. With `min_keywords` a run starts
    only if so many wait. Nothing starts from `pause_from` to `pause_until`, both included.
    """

    kind: str = OFF
    at: str = "02:00"
    days: tuple[int, ...] = ()
    day: int = 1
    cron: str = ""
    min_keywords: int | None = None
    pause_from: date | None = None
    pause_until: date | None = None
    zone: str = "UTC"

    @classmethod
    def of(cls, row: Any) -> "Rule":
        """Return the schedule of a row of site_settings, also of one saved by an older release."""
        kind, days = row.schedule_kind or row.schedule, row.schedule_days
        if kind.isdigit():  # a weekday, as the release before stores it
            kind, days = DAYS, kind
        return cls(
            kind,
            row.schedule_time,
            tuple(int(digit) for digit in days),
            row.schedule_day,
            row.schedule_cron,
            row.schedule_min_keywords,
            row.schedule_pause_from,
            row.schedule_pause_until,
            row.time_zone,
        )

    @property
    def legacy_name(self) -> str:
        """Return the name that the previous release uses for it; off if it has none."""
        is_plain = self.min_keywords is None and self.pause_from is None
        if self.kind == DAILY and is_plain:
            return DAILY
        return str(self.days[0]) if self.kind == DAYS and len(self.days) == 1 and is_plain else OFF

    def is_paused_at(self, moment: datetime) -> bool:
        """Return whether a moment is within the pause."""
        if self.pause_from is None or self.pause_until is None:
            return False
        day = moment.astimezone(clock.time_zone(self.zone)).date()
        return self.pause_from <= day <= self.pause_until


def next_times(rule: Rule, after: datetime, count: int) -> list[datetime]:
    """Return up to `count` next times of a schedule after a moment.

    A time that is skipped when clocks change is moved later; one that occurs twice counts once.
    """
    return list(islice(_times(rule, after), count))


def next_time(rule: Rule, after: datetime) -> datetime | None:
    """Return the next time of a schedule after a moment, or None if it is off."""
    return next(_times(rule, after), None)


def cron_problem(expression: str, zone: str) -> str | None:
    """Return the problem with a cron expression, or None if it is valid."""
    if len(expression.split()) != CRON_FIELDS:
        return INVALID_CRON
    try:
        times = next_times(Rule(CRON, cron=expression, zone=zone), clock.now(), COMPARED_TIMES)
    except CronSimError:
        return INVALID_CRON
    if not times:
        return INVALID_CRON
    gaps = pairwise(times)
    return TOO_OFTEN if any(later - sooner < CHECK_INTERVAL for sooner, later in gaps) else None


def _times(rule: Rule, after: datetime) -> Iterator[datetime]:
    moment: datetime | None = after
    if rule.kind == OFF:
        return
    while moment is not None:
        restart = None
        for found in _unpaused_times(rule, moment):
            if rule.is_paused_at(found):
                restart = _end_of_pause(rule)
                break
            yield found
        moment = restart


def _end_of_pause(rule: Rule) -> datetime:
    """Return the last moment of the pause."""
    if rule.pause_until is None:
        raise ValueError("the rule has no pause")
    morning = rule.pause_until + timedelta(days=1)
    start = datetime.combine(morning, time(), clock.time_zone(rule.zone))
    return start.astimezone(UTC) - timedelta(seconds=1)


def _unpaused_times(rule: Rule, after: datetime) -> Iterator[datetime]:
    if rule.kind == WAITING:
        yield from _checks(after)
    elif rule.kind == CRON:
        yield from _cron_times(rule, after)
    else:
        yield from _daily_times(rule, after)


def _checks(after: datetime) -> Iterator[datetime]:
    """Yield the times of a regular check, at multiples of its interval."""
    step = CHECK_INTERVAL.seconds
    moment = datetime.fromtimestamp((after.timestamp() // step + 1) * step, UTC)
    while True:
        yield moment
        moment += CHECK_INTERVAL


def _cron_times(rule: Rule, after: datetime) -> Iterator[datetime]:
    last = after
    for local in CronSim(rule.cron, after.astimezone(clock.time_zone(rule.zone))):
        moment = local.astimezone(UTC)
        if moment > last:
            yield moment
            last = moment


def _daily_times(rule: Rule, after: datetime) -> Iterator[datetime]:
    place, at = clock.time_zone(rule.zone), time.fromisoformat(rule.at)
    day = after.astimezone(place).date()
    while True:
        moment = datetime.combine(day, at, place).astimezone(UTC)
        if moment > after and _is_chosen(rule, day):
            yield moment
        day += timedelta(days=1)


def _is_chosen(rule: Rule, day: date) -> bool:
    if rule.kind == DAYS:
        return day.weekday() in rule.days
    if rule.kind == MONTHLY:
        return day.day == min(rule.day, monthrange(day.year, day.month)[1])
    return True
