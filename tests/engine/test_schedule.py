"""Scheduled runs start at the site's own time, once, and only when something waits."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from igny8 import clock
from igny8.engine.runs import schedule, start_run
from igny8.engine.runs.schedule_rules import Rule, next_time
from igny8.extensions import read_transaction, write_transaction
from igny8.models import RateLimit, Run, ScheduleSkip, SiteSettings
from igny8.upkeep import doctor
from tests.factories import change_settings, make_keywords

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("every", "at", "zone", "after", "expected"),
    [
        ("day", "02:00", "UTC", NOON, datetime(2026, 11, 27, 2, tzinfo=UTC)),
        ("day", "13:00", "UTC", NOON, datetime(2026, 11, 26, 13, tzinfo=UTC)),
        ("day", "12:00", "UTC", NOON, datetime(2026, 11, 27, 12, tzinfo=UTC)),
        ("3", "02:00", "UTC", NOON, datetime(2026, 12, 3, 2, tzinfo=UTC)),
        ("1", "02:00", "Europe/Berlin", NOON, datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("day", "02:00", "Pacific/Auckland", NOON, datetime(2026, 11, 26, 13, tzinfo=UTC)),
        # the hour that the clock leaves out, and the one that it shows twice
        (
            "day",
            "02:30",
            "Europe/Berlin",
            datetime(2026, 3, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),
        (
            "day",
            "02:30",
            "Europe/Berlin",
            datetime(2026, 10, 25, 0, 45, tzinfo=UTC),
            datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
        ),
    ],
)
def test_next_run_time_uses_the_time_zone_of_the_site(every, at, zone, after, expected):
    assert next_time(rule_of(every, at, zone), after) == expected


def rule_of(every: str, at: str = "02:00", zone: str = "UTC") -> Rule:
    """Return a schedule as the release before stored it."""
    columns = {"schedule_kind": "", "schedule": every, "schedule_time": at, "time_zone": zone}
    others = {"schedule_days": "", "schedule_day": 1, "schedule_cron": ""}
    others |= dict.fromkeys(
        ("schedule_min_keywords", "schedule_pause_from", "schedule_pause_until")
    )
    return Rule.of(SimpleNamespace(**columns, **others))


def test_no_schedule_has_no_next_time():
    assert next_time(rule_of("off"), NOON) is None


def test_scheduled_run_starts_and_sets_the_next_time(site, run_of):
    make_keywords(site.id, 2)
    change_settings(site.id, schedule="day", next_run_at=NOON)
    assert schedule.start_due_runs() == 1 and schedule.start_due_runs() == 0
    assert (run_of().trigger, run_of().started_by) == ("scheduled", "the schedule")
    assert stored_time() > clock.now()


def test_scheduled_run_needs_its_time_and_waiting_items(site, run_of):
    change_settings(site.id, schedule="day", next_run_at=NOON)
    assert schedule.start_due_runs() == 0 and run_of() is None and stored_time() > clock.now()
    make_keywords(site.id, 2)
    assert schedule.start_due_runs() == 0


def skips() -> list[str]:
    table = ScheduleSkip.__table__
    with read_transaction() as tx:
        return list(tx.execute(select(table.c.reason).order_by(table.c.due_at)).scalars())


def test_missed_times_are_recorded_and_the_last_is_caught_up(site, run_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    make_keywords(site.id, 2)
    three_days_ago = NOON - timedelta(days=3, hours=10)
    change_settings(site.id, schedule="day", schedule_time="02:00", next_run_at=three_days_ago)
    assert schedule.start_due_runs() == 1 and run_of().trigger == "scheduled"
    assert skips() == [schedule.NOT_RUNNING] * 3


def test_start_is_skipped_with_its_reason(site, run_of):
    change_settings(site.id, schedule="day", next_run_at=clock.now())
    schedule.start_due_runs()
    make_keywords(site.id, 2)
    few = {"schedule_min_keywords": 3, "next_run_at": clock.now()}
    change_settings(site.id, **few)
    schedule.start_due_runs()
    start_run.start_run(site.id)
    change_settings(site.id, schedule_min_keywords=None, next_run_at=clock.now())
    schedule.start_due_runs()
    assert skips() == [
        schedule.NOTHING_WAITED,
        "2 keywords waited, fewer than 3.",
        "Run #1 was not done yet.",
    ]


def test_run_starts_as_soon_as_enough_keywords_wait(site, run_of):
    waiting = {"schedule_kind": "waiting", "schedule_min_keywords": 3}
    change_settings(site.id, **waiting, next_run_at=clock.now())
    make_keywords(site.id, 2)
    assert schedule.start_due_runs() == 0 and skips() == []
    make_keywords(site.id, 1, start=2)
    change_settings(site.id, next_run_at=clock.now())
    assert schedule.start_due_runs() == 1 and stored_time() <= clock.now() + timedelta(minutes=10)


def test_next_time_that_is_missing_is_computed(site):
    change_settings(site.id, schedule_kind="month", schedule_day=1, next_run_at=None)
    schedule.start_due_runs()
    assert stored_time() > clock.now()


def test_next_time_may_be_a_month_ahead(site, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    month_end = datetime(2026, 12, 31, 2, tzinfo=UTC)
    change_settings(site.id, schedule_kind="month", schedule_day=31, next_run_at=month_end)
    schedule.start_due_runs()
    assert stored_time() == datetime(2026, 11, 30, 2, tzinfo=UTC)  # too late by a month
    schedule.start_due_runs()
    pause = {"schedule_pause_from": date(2026, 11, 1), "schedule_pause_until": date(2027, 3, 1)}
    change_settings(site.id, **pause)
    schedule.start_due_runs()
    assert stored_time() == datetime(2026, 11, 30, 2, tzinfo=UTC)  # saving computes it anew


def test_crash_before_the_next_time_starts_no_second_run(site):
    make_keywords(site.id, 2)
    change_settings(site.id, schedule="day", next_run_at=NOON)
    schedule.start_due_runs()
    change_settings(site.id, next_run_at=NOON)
    before = len(skips())
    assert schedule.start_due_runs() == 0 and len(skips()) == before
    with read_transaction() as tx:
        assert len(tx.execute(select(Run.id)).all()) == 1


@pytest.mark.parametrize(
    ("every", "ahead_h", "corrected"),
    [("day", 800 * 24, True), ("3", 800 * 24, True), ("day", 30, True), ("3", 160, False)],
)
def test_next_time_beyond_the_schedule_is_recomputed(
    site, run_of, monkeypatch, every, ahead_h, corrected
):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    far = NOON + timedelta(hours=ahead_h)
    change_settings(site.id, schedule=every, schedule_time="02:00", next_run_at=far)
    wrong = [f for f in doctor.run_checks(("schedules",)) if f.level == "warn"]
    assert ("wrong" in str(wrong)) is corrected
    schedule.start_due_runs()
    expected = next_time(rule_of(every), NOON)
    assert stored_time() == (expected if corrected else far) and run_of() is None


def test_small_clock_correction_starts_no_second_run(site, monkeypatch):
    after = NOON + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: NOON - timedelta(minutes=1))
    change_settings(site.id, schedule="day", schedule_time="12:00", next_run_at=after)
    assert schedule.start_due_runs() == 0 and stored_time() == after


def test_waits_set_by_a_wrong_clock_are_dropped(app, monkeypatch):
    def attempts(now: datetime) -> list[float]:
        monkeypatch.setattr(clock, "now", lambda: now)
        with write_transaction() as tx:
            return [RateLimit.attempt(tx, "login", 2), RateLimit.take(tx, "start", 1, 60)]

    later = NOON + timedelta(days=800)
    for _ in range(5):
        attempts(later)
    assert min(attempts(later)) > 0
    assert attempts(NOON) == [0.0, 0.0]


def stored_time():
    with read_transaction() as tx:
        return tx.execute(select(SiteSettings.next_run_at)).scalar_one()
