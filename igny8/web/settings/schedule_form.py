"""The fields of a schedule in the settings form."""

from datetime import date, datetime
from typing import Any

from igny8 import clock
from igny8.engine.runs.schedule_rules import (
    CRON,
    DAYS,
    KINDS,
    MONTHLY,
    OFF,
    WAITING,
    WEEKDAYS,
    Rule,
    cron_problem,
    next_time,
    next_times,
)
from igny8.web.ui.forms import Form

SHOWN_TIMES = 3
MAX_KEYWORDS, MAX_CRON_CHARS = 1_000_000, 120


def read_schedule(form: Form, zone: str) -> dict[str, Any]:
    """Return the columns of site_settings for a schedule; `zone` is the form's time zone."""
    rule = _read_rule(form, zone)
    is_fine = not form.errors.keys() - {"name", "url"}
    return {
        "schedule": rule.legacy_name,
        "schedule_kind": rule.kind,
        "schedule_time": rule.at,
        "schedule_days": "".join(map(str, rule.days)),
        "schedule_day": rule.day,
        "schedule_cron": rule.cron,
        "schedule_min_keywords": rule.min_keywords,
        "schedule_pause_from": rule.pause_from,
        "schedule_pause_until": rule.pause_until,
        "next_run_at": next_time(rule, clock.now()) if is_fine else None,
    }


def schedule_values(rule: Rule) -> dict[str, str]:
    """Return the fields of the form for a schedule."""
    return {
        **{f"schedule_day_{number}": "1" for number in rule.days},
        "schedule_kind": rule.kind,
        "schedule_min_keywords": str(rule.min_keywords or ""),
        "schedule_pause_from": str(rule.pause_from or ""),
        "schedule_pause_until": str(rule.pause_until or ""),
        "schedule_time": rule.at,
        "schedule_day": str(rule.day),
        "schedule_cron": rule.cron,
    }


def schedule_choices(rule: Rule) -> dict[str, Any]:
    """Return the choices of the fields, and the next times of a schedule."""
    has_times = rule.kind not in (OFF, WAITING)
    return {
        "kinds": KINDS,
        "weekdays": list(enumerate(WEEKDAYS)),
        "next_times": next_times(rule, clock.now(), SHOWN_TIMES) if has_times else [],
    }


def _read_rule(form: Form, zone: str) -> Rule:
    kind = form.choice("schedule_kind", KINDS)
    days = tuple(n for n in range(len(WEEKDAYS)) if form.value(f"schedule_day_{n}") == "1")
    if kind == DAYS and not days:
        form.errors["schedule_kind"] = "Tick at least one day of the week."
    cron = " ".join(form.value("schedule_cron").split())[:MAX_CRON_CHARS]
    problem = cron_problem(cron, zone) if kind == CRON else None
    if problem:
        form.errors["schedule_cron"] = problem
    least = form.optional_integer("schedule_min_keywords", 1, MAX_KEYWORDS)
    if kind == WAITING and least is None and "schedule_min_keywords" not in form.errors:
        form.errors["schedule_min_keywords"] = "Enter how many keywords have to wait."
    day = form.integer("schedule_day", 1, 31) if kind == MONTHLY else 1
    pause = _read_pause(form)
    return Rule(kind, form.clock_time("schedule_time"), days, day, cron, least, *pause, zone=zone)


def _read_pause(form: Form) -> tuple[date | None, date | None]:
    start, end = _read_date(form, "schedule_pause_from"), _read_date(form, "schedule_pause_until")
    if (start is None) != (end is None):
        name = "schedule_pause_from" if start is None else "schedule_pause_until"
        form.errors.setdefault(name, "Enter both dates, or none.")
        return None, None
    if start is not None and end is not None and end < start:
        form.errors["schedule_pause_until"] = "Enter a date that is not before the first one."
    return start, end


def _read_date(form: Form, name: str) -> date | None:
    value = form.value(name).strip()
    if not value:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        form.errors[name] = "Enter a date, such as 2026-12-24."
        return None
