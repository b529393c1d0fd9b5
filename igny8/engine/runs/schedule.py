"""Start runs that are due by the schedules of sites; record why one did not start."""

import logging
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import NoResultFound

from igny8 import clock
from igny8.engine.runs.schedule_rules import OFF, WAITING, Rule, next_time, next_times
from igny8.engine.runs.start_run import has_pending_work, start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.formatting import pluralize
from igny8.models import Run, RunSettings, ScheduleSkip, SiteSettings
from igny8.models.base import Executor
from igny8.stages import STAGES

# A next time that lies so much later than the schedule's was set while a clock was wrong.
CLOCK_TOLERANCE = timedelta(hours=2)
MAX_MISSED = 50  # times that are recorded after a long stop
STARTED_BY = "scheduled"
NOT_RUNNING = "IGNY8 was not running at this time."
NOTHING_WAITED = "Nothing was waiting."
settings = SiteSettings.__table__
log = logging.getLogger(__name__)


def start_due_runs() -> int:
    """Start the runs that are due and set their next time; return how many started.

    The run starts before its next time is written, so a process that dies in between tries again
    and finds the open run. Of the times missed while no process was running, only the last one
    starts a run. The others are recorded as skipped, like any other start that did not happen.
    """
    correct_next_times()
    now = clock.now()
    with read_transaction() as tx:
        due = tx.execute(select(settings).where(settings.c.next_run_at <= now)).all()
    started = 0
    for row in due:
        try:
            started += _start_due_run(row, now)
        except (ActionRefused, NoResultFound):  # the site was deleted a moment ago
            continue
        _set_next_time(row)
    return started


def wrong_next_times(tx: Executor) -> list[Row]:
    """Return the settings (rows) of sites whose `next_run_at` is missing or later than allowed."""
    now = clock.now()
    is_scheduled = (settings.c.schedule_kind.notin_(("", OFF))) | (settings.c.schedule != OFF)
    is_far = settings.c.next_run_at > now + CLOCK_TOLERANCE
    is_missing = settings.c.next_run_at.is_(None) & is_scheduled
    return [
        row
        for row in tx.execute(select(settings).where(is_far | is_missing)).all()
        if _is_wrong(row, now)
    ]


def correct_next_times() -> None:
    """Recompute next times that are missing or were set while a clock was wrong."""
    with read_transaction() as tx:
        wrong = wrong_next_times(tx)
    for row in wrong:
        if row.next_run_at is not None:
            log.warning(
                "the next run of site %d was set to %s, which its schedule does not allow; "
                "a clock was wrong. It is computed anew.",
                row.site_id,
                row.next_run_at.isoformat(),
            )
        _set_next_time(row)


def _is_wrong(row: Row, now: datetime) -> bool:
    latest = next_time(Rule.of(row), now + CLOCK_TOLERANCE)
    if row.next_run_at is None or latest is None:
        return row.next_run_at != latest
    return bool(row.next_run_at > latest + CLOCK_TOLERANCE)


def _start_due_run(row: Row, now: datetime) -> bool:
    """Start a run for the last time that is due; record the earlier times as skipped."""
    rule = Rule.of(row)
    later = next_times(rule, row.next_run_at, MAX_MISSED)
    times = [row.next_run_at, *takewhile(lambda moment: moment <= now, later)]
    reasons = {} if rule.kind == WAITING else dict.fromkeys(times[:-1], NOT_RUNNING)
    reason = _reason_to_skip(row.site_id, rule, times[-1])
    is_started = reason is None and start_run(row.site_id, STARTED_BY, "the schedule")[1]
    if reason and rule.kind != WAITING:
        reasons[times[-1]] = reason
    if reasons:
        with write_transaction() as tx:
            for moment, why in reasons.items():
                ScheduleSkip.record(tx, row.site_id, moment, why)
    return is_started


def _reason_to_skip(site_id: int, rule: Rule, due: datetime) -> str | None:
    """Return why no run starts at a time; "" if it started already, None if one should."""
    with read_transaction() as tx:
        open_run = Run.find_open(tx, site_id)
        if open_run is not None:
            is_ours = open_run.trigger == STARTED_BY and open_run.created_at >= due
            return "" if is_ours else f"Run #{open_run.number} was not done yet."
        waiting = None if rule.min_keywords is None else _waiting_keywords(tx, site_id)
    if waiting is not None and rule.min_keywords is not None and waiting < rule.min_keywords:
        return f"{pluralize(waiting, 'keywords')} waited, fewer than {rule.min_keywords:,}."
    return None if has_pending_work(site_id) else NOTHING_WAITED


def _waiting_keywords(tx: Executor, site_id: int) -> int:
    query = STAGES[0].waiting_query(site_id, RunSettings.load(tx, site_id))
    return tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def _set_next_time(row: Row) -> None:
    """Write the next time of a site's schedule, unless it was changed meanwhile."""
    values: dict[str, Any] = {"next_run_at": next_time(Rule.of(row), clock.now())}
    is_same = settings.c.next_run_at.is_not_distinct_from(row.next_run_at)
    own = update(settings).where(settings.c.site_id == row.site_id, is_same)
    with write_transaction() as tx:
        tx.execute(own.values(values))
