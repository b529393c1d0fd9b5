"""Why an open run does not move, in one sentence with its cure: the one definition, for doctor and page alike."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.formatting import pluralize
from igny8.models import OPEN, Run, RunItem, RunStage, Site, Worker
from igny8.models.worker import LOST_AFTER_S, online_slots
from igny8.progress.labels import display_status, notice

run, run_stage, item, worker, site = (
    model.__table__ for model in (Run, RunStage, RunItem, Worker, Site)
)
MAX_RUNS = 200
STUCK_AFTER_S = (
    60.0  # seconds after which a run that could move, and has a worker, has to have moved
)
SLOW_AFTER_S = 900.0  # seconds in which one claim usually ends, also one that a slow model works on

IN_CURRENT_STAGE = (item.c.run_id == run.c.id) & (item.c.stage == run.c.current_stage)


def find_stuck_runs() -> list[dict]:
    """Return one entry for each open run that does not move and was not told to stand still.

    {site, slug, number, run_id, kind, level, since, text, cure}; level is "bad" where somebody has to act,
    "warn" where somebody should look, "note" where it passes by itself. A run that somebody paused is none of them.
    """
    now = clock.now()
    with read_transaction() as tx:
        found = []
        for row in tx.execute(_open_runs(now)).all():
            told = _diagnose(tx, row, now)
            if told is not None:
                kind, level, since, text, cure = told
                found.append(
                    {
                        "site": row.site_name,
                        "slug": row.slug,
                        "number": row.number,
                        "run_id": row.public_id,
                        "kind": kind,
                        "level": level,
                        "text": text,
                        "cure": cure,
                        "since": None if since is None else since.isoformat(timespec="seconds"),
                    }
                )
    return found


def _open_runs(now):
    """Return the query of the open runs, each with what has to be known of the stage that it is in."""
    slots, _ = online_slots()
    lost = now - timedelta(seconds=LOST_AFTER_S)
    active = and_(IN_CURRENT_STAGE, item.c.state == "active")
    dead = and_(
        worker.c.id == item.c.worker_id,
        or_(worker.c.stopped_at.is_not(None), worker.c.last_seen < lost),
    )
    return (
        select(
            run,
            site.c.name.label("site_name"),
            site.c.slug,
            slots.label("slots"),
            run_stage.c.queued,
            run_stage.c.active,
            run_stage.c.status.label("stage_status"),
            func.coalesce(run_stage.c.active_since, run_stage.c.started_at).label("stage_since"),
            select(func.min(item.c.started_at)).where(active).scalar_subquery().label("oldest"),
            select(func.count())
            .select_from(item.join(worker, dead))
            .where(active)
            .scalar_subquery()
            .label("orphans"),
        )
        .join(site, site.c.id == run.c.site_id)
        .join(
            run_stage,
            (run_stage.c.run_id == run.c.id) & (run_stage.c.number == run.c.current_stage),
        )
        .where(run.c.state.in_(OPEN))
        .order_by(run.c.id)
        .limit(MAX_RUNS)
    )


def _diagnose(tx, row, now) -> tuple | None:
    """Return (kind, level, since, sentence, cure) for a run that does not move, else None."""
    name = f"Run #{row.number} of {row.site_name}"
    status = display_status(row, row.slots)
    if status == "paused":
        return None
    if status == "blocked":
        told = notice(row, status, row.slots, None)
        return "blocked", "bad", row.blocked_at, f"{name} is blocked: {told['text']}", told["cure"]
    if row.orphans:
        return (
            "orphaned",
            "note" if row.slots else "bad",
            _to_datetime(row.oldest),
            f"{name} has {pluralize(row.orphans, 'items')} in the hands of a worker that is gone.",
            "A process that lives gives that back within 35 seconds."
            if row.slots
            else "Start a worker: “igny8 worker” or “igny8 serve”. It gives that back at once.",
        )
    if status == "stalled":
        return (
            "stalled",
            "bad",
            row.stalled_at,
            f"{name} stands still because no worker is running.",
            "Start “igny8 worker” or “igny8 serve”; the run then goes on by itself.",
        )
    if row.oldest is not None:
        return _diagnose_slow(row, name, now)
    return _diagnose_idle(tx, row, name, now)


def _diagnose_slow(row, name: str, now) -> tuple | None:
    """Judge a run that is being worked on: is one claim taking unusually long?"""
    minutes = (now.timestamp() - row.oldest) / 60
    if minutes * 60 < SLOW_AFTER_S:
        return None
    return (
        "slow",
        "warn",
        _to_datetime(row.oldest),
        f"{name} has been working on one item for {minutes:,.0f} minutes.",
        "Its worker beats, so it waits for an answer: look at the model server of this stage. Ending that worker "
        "gives the item back.",
    )


def _diagnose_idle(tx, row, name: str, now) -> tuple | None:
    """Judge a run in which nothing is in work, though workers are there."""
    due = _next_due(tx, row, now) if row.queued else None
    if due is not None:
        return (
            "waiting",
            "note",
            None,
            f"{name} waits until {due:%H:%M:%S} UTC to try {pluralize(row.queued, 'items')} again.",
            "It goes on by itself; the errors are on the page of the run.",
        )
    since = _last_activity(tx, row)
    if (now - since).total_seconds() < STUCK_AFTER_S:
        return None
    what = (
        f"there is work on {pluralize(row.queued, 'items')}, workers are there, and nobody takes them"
        if row.queued
        else "nothing is left in its stage, and nobody moved it on"
    )
    return (
        "stuck",
        "bad",
        since,
        f"{name} stands still: {what}.",
        "Restart the workers, which loses nothing. If it does not go on then, look into their log, and please "
        "report it with the output of “igny8 doctor --json”.",
    )


def _next_due(tx, row, now) -> datetime | None:
    """Return when the next item may be tried again, None when one may be taken now."""
    waiting = (
        (item.c.run_id == row.id) & (item.c.stage == row.current_stage) & (item.c.state == "queued")
    )
    at = now.timestamp()
    if tx.execute(
        select(exists().where(waiting, item.c.not_before.is_(None) | (item.c.not_before <= at)))
    ).scalar():
        return None
    return _to_datetime(tx.execute(select(func.min(item.c.not_before)).where(waiting)).scalar())


def _last_activity(tx, row) -> datetime:
    """Return when something last happened in the stage of a run."""
    ended = tx.execute(
        select(func.max(item.c.finished_at)).where(
            item.c.run_id == row.id, item.c.stage == row.current_stage
        )
    ).scalar()
    return max(
        moment
        for moment in (_to_datetime(ended), row.stage_since, row.active_since, row.created_at)
        if moment is not None
    )


def _to_datetime(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
