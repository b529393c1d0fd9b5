"""Schedules by weekday, month and cron come at their local time, also when clocks are changed."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.engine.runs.schedule_rules import (
    CRON,
    DAILY,
    DAYS,
    MONTHLY,
    WAITING,
    Rule,
    cron_problem,
    next_time,
    next_times,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda at: f"{at:%H:%M}")
RULES = st.builds(
    Rule,
    kind=st.sampled_from((DAILY, DAYS, MONTHLY)),
    at=TIMES,
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    day=st.integers(1, 31),
    zone=st.sampled_from(ZONES),
)
CRON_RULES = st.builds(
    Rule,
    kind=st.just(CRON),
    cron=st.sampled_from(
        ("30 2 * * *", "15 */6 * * *", "0 6 * * 1-5", "45 1 L * *", "0 0 1 */3 *")
    ),
    zone=st.sampled_from(ZONES),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(RULES | CRON_RULES, MOMENTS)
def test_next_times_increase_regardless_of_the_start(rule, after):
    times = next_times(rule, after, 4)
    assert times[0] > after and all(sooner < later for sooner, later in pairwise(times))
    assert next_times(rule, times[0], 3) == times[1:]
    assert next_time(rule, times[0] - timedelta(seconds=1)) == times[0]


@given(RULES, MOMENTS)
def test_each_time_is_on_a_chosen_day_at_its_local_time(rule, after):
    for moment in next_times(rule, after, 3):
        local = moment.astimezone(ZoneInfo(rule.zone))
        is_moved = local.utcoffset() != (local - timedelta(hours=3)).utcoffset()
        assert f"{local:%H:%M}" == rule.at or is_moved
        if rule.kind == DAYS:
            assert local.weekday() in rule.days
        if rule.kind == MONTHLY:
            assert local.day == min(rule.day, monthrange(local.year, local.month)[1])


@given(RULES, MOMENTS)
def test_no_day_is_skipped_or_repeated(rule, after):
    days = [moment.astimezone(ZoneInfo(rule.zone)).date() for moment in next_times(rule, after, 5)]
    assert len(set(days)) == len(days)
    longest = {DAILY: 1, DAYS: 7, MONTHLY: 31}[rule.kind]
    assert all((later - sooner).days <= longest for sooner, later in pairwise(days))


@given(RULES | CRON_RULES, MOMENTS, st.integers(0, 40))
def test_nothing_starts_during_a_pause(rule, after, length):
    start = after.astimezone(ZoneInfo(rule.zone)).date() + timedelta(days=2)
    until = start + timedelta(days=length)
    paused = Rule(**vars(rule) | {"pause_from": start, "pause_until": until})
    times = next_times(paused, after, 4)
    outside = [moment for moment in next_times(rule, after, 200) if not paused.is_paused_at(moment)]
    assert times == outside[:4] or len(outside) < 4


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(DAYS, days=(0, 4)), ["2026-11-27T02:00", "2026-11-30T02:00", "2026-12-04T02:00"]),
        (Rule(MONTHLY, day=31), ["2026-11-30T02:00", "2026-12-31T02:00", "2027-01-31T02:00"]),
        (
            Rule(CRON, cron="30 6 * * 1-5", zone="Europe/Berlin"),
            ["2026-11-27T05:30", "2026-11-30T05:30", "2026-12-01T05:30"],
        ),
        (
            Rule(DAILY, pause_from=date(2026, 11, 28), pause_until=date(2026, 12, 24)),
            ["2026-11-27T02:00", "2026-12-25T02:00", "2026-12-26T02:00"],
        ),
        (Rule(WAITING), ["2026-11-26T12:10", "2026-11-26T12:20", "2026-11-26T12:30"]),
    ],
)
def test_next_three_times_of_a_schedule(rule, expected):
    assert next_times(rule, at("2026-11-26T12:00"), 3) == [at(text) for text in expected]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("30 6 * * 1-5", None),
        ("30 6 * *", "five fields"),
        ("0 30 6 * * *", "five fields"),
        ("61 6 * * *", "five fields"),
        ("0 0 31 4,6 *", "five fields"),
        ("*/5 * * * *", "every 10 minutes"),
        ("*/10 * * * *", None),
        ("import os", "five fields"),
    ],
)
def test_cron_expression_is_checked(expression, problem):
    found = cron_problem(expression, "Europe/Berlin")
    assert (problem in found) if problem else found is None
