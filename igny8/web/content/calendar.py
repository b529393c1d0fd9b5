"""The publishing calendar: a month or a week, the plan, and moving scheduled articles."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8 import clock
from igny8.engine.publications import actions
from igny8.engine.publications.calendar import fill as fill_slots
from igny8.engine.publications.calendar import slots_of_day
from igny8.extensions import db, write_transaction
from igny8.models import PublishingPlan, PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.publishing_plan import CATCH_UP, SKIP
from igny8.models.queries import publications as queries
from igny8.web.ui.filters import plural
from igny8.web.ui.forms import CLOCK_TIME, Form
from igny8.web.ui.template_context import site_or_404
from igny8.web.ui.time_filters import upcoming_time

bp = Blueprint("calendar", __name__, url_prefix="/sites/<slug>/calendar")
MISSED = {
    CATCH_UP: "Publish one article at once, move the others",
    SKIP: "Move them to the next free times",
}
WEEKDAYS = tuple(calendar.day_name)
MAX_TIMES = 24
MAX_YEARS_AWAY = 5
NO_PLAN = "There are no free times. Choose days and times under “Publishing plan” first."


@dataclass(frozen=True)
class Day:
    """A day of the calendar: its publications and its free slots."""

    date: date
    entries: list[Row]
    free: list[datetime]
    is_today: bool
    is_outside: bool


@bp.get("")
def index(slug: str) -> str:
    """Show a month, or the week of a day."""
    site = site_or_404(slug)
    today = clock.now().astimezone(_zone(site)).date()
    is_week = "week" in request.args
    shown = _day_arg("week" if is_week else "month", today)
    weeks = _weeks(shown, is_week)
    plan = PublishingPlan.of_site(db.session, site.id)
    return render_template(
        "content/calendar/index.html",
        site=site,
        weeks=_days(site, weeks, plan, today, None if is_week else shown.month),
        weekdays=WEEKDAYS,
        shown=shown,
        is_week=is_week,
        before=weeks[0][0] - timedelta(days=1) if is_week else shown.replace(day=1) - timedelta(1),
        after=weeks[-1][-1] + timedelta(days=1) if is_week else _next_month(shown),
        today=today,
        plan=plan,
        missed=MISSED,
        targets=PublishingTarget.sent_to(db.session, site.id),
    )


@bp.post("/plan")
def save_plan(slug: str) -> Response:
    """Store the days and times of publishing; scheduled articles keep their times."""
    site = site_or_404(slug)
    days = sorted({int(day) for day in request.form.getlist("days") if day in tuple("0123456")})
    times = sorted(set(request.form.get("times", "").replace(",", " ").split()))
    missed = request.form.get("missed", "")
    if not all(CLOCK_TIME.fullmatch(text) for text in times) or len(times) > MAX_TIMES:
        raise BadRequest("Enter times such as 09:00, 15:30, separated by commas; at most 24.")
    if missed not in MISSED:
        raise BadRequest("Choose what happens to missed times.")
    with write_transaction() as tx:
        PublishingPlan.store(tx, site.id, days=days, times=times, missed=missed)
    flash("Saved. What is scheduled already keeps its time.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/fill")
def fill(slug: str) -> Response:
    """Schedule all approved articles in the free slots of a target."""
    site = site_or_404(slug)
    sent = request.form.get("target_id", "")
    row = PublishingTarget.find(db.session, site.id, int(sent)) if is_row_id(sent) else None
    if row is None or row not in PublishingTarget.sent_to(db.session, site.id):
        abort(404, "There is no such publishing target on this site.")
    plan = PublishingPlan.of_site(db.session, site.id)
    if plan is None or not plan.days or not plan.times:
        flash(NO_PLAN)
        return redirect(url_for(".index", slug=slug), 303)
    db.session.rollback()
    count = fill_slots(site.id, row, g.current_user.name)
    flash(f"{plural(count, 'article')} scheduled at {row.name}.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/<int:publication_id>/move")
def move(slug: str, publication_id: int) -> Response:
    """Move a scheduled article to another time, or to another day at the same time."""
    site = site_or_404(slug)
    row = queries.find_scheduled(db.session, site.id, publication_id)
    if row is None:
        raise BadRequest("This article is not scheduled any more. Reload the page.")
    publish_at = _new_time(site, row)
    target = PublishingTarget.find(db.session, site.id, row.target_id) or abort(404)
    with write_transaction() as tx:
        name = g.current_user.name
        actions.schedule(tx, site.id, row.content_id, target, name, publish_at, row.wanted)
    flash(f"Moved to {upcoming_time(publish_at)}.")
    view = "week" if request.form.get("view") == "week" else "month"
    values: dict[str, Any] = {
        "slug": slug,
        view: publish_at.astimezone(_zone(site)).date().isoformat(),
    }
    return redirect(url_for(".index", **values), 303)


def _new_time(site: Row, row: Row) -> datetime:
    """Return the time in the form, or the old time on another day."""
    form = Form(request.form)
    if form.value("day"):
        local = row.publish_at.astimezone(_zone(site))
        form = Form({"publish_at": f"{form.value('day')[:10]}T{local:%H:%M}"})
    publish_at = form.local_time("publish_at", site.time_zone)
    if form.errors or publish_at <= clock.now():
        raise BadRequest("Enter a day and a time in the future.")
    return publish_at


def _zone(site: Row) -> Any:
    return clock.time_zone(site.time_zone)


def _day_arg(name: str, today: date) -> date:
    """Return the day in the query; today if it is missing or far away."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return today
    return day if abs(day.year - today.year) <= MAX_YEARS_AWAY else today


def _weeks(shown: date, is_week: bool) -> list[list[date]]:
    if is_week:
        monday = shown - timedelta(days=shown.weekday())
        return [[monday + timedelta(days=ahead) for ahead in range(7)]]
    return calendar.Calendar().monthdatescalendar(shown.year, shown.month)


def _next_month(shown: date) -> date:
    return (shown.replace(day=1) + timedelta(days=32)).replace(day=1)


def _days(
    site: Row, weeks: list[list[date]], plan: Row | None, today: date, month: int | None
) -> list[list[Day]]:
    """Return the days of weeks with their publications."""
    zone = _zone(site)
    start = datetime.combine(weeks[0][0], time(), zone).astimezone(UTC)
    end = datetime.combine(weeks[-1][-1] + timedelta(days=1), time(), zone).astimezone(UTC)
    by_day: dict[date, list[Row]] = {}
    for row in queries.in_time(db.session, site.id, start, end):
        by_day.setdefault(row.at.replace(tzinfo=UTC).astimezone(zone).date(), []).append(row)
    now = clock.now()

    def day(each: date) -> Day:
        entries = by_day.get(each, [])
        taken = {row.at.replace(tzinfo=UTC) for row in entries}
        slots = slots_of_day(plan, site.time_zone, each) if plan is not None else []
        free = [slot for slot in slots if slot > now and slot not in taken]
        return Day(each, entries, free, each == today, month is not None and each.month != month)

    return [[day(each) for each in week] for week in weeks]
