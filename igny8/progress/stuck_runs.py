"""Find open runs that do not advance, with cause and remedy, for doctor and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, exists, func, or_, select

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
STUCK_AFTER_S = 60.0  # a run that could move, and has a worker, moves within this time
SLOW_AFTER_S = 900.0  # one claim usually ends within this time, also with a slow model

IN_CURRENT_STAGE = (item.c.run_id == run.c.id) & (item.c.stage == run.c.current_stage)


class Diagnosis(NamedTuple):
    """Why a run does not advance.

    `level` is "bad" (act), "warn" (check it) or "note" (temporary).
    """

    kind: str
    level: str
    since: datetime | None
    text: str
    cure: str


def find_stuck_runs() -> list[dict[str, Any]]:
    """Return one entry per open run that does not advance, except paused ones.

    Each is {site, slug, number, run_id, kind, level, since, text, cure}; `level` as in Diagnosis.
    """
    now = clock.now()
    with read_transaction() as tx:
        rows = tx.execute(_open_runs(now)).all()
        return [
            _entry(row, found) for row in rows if (found := _diagnose(tx, row, now)) is not None
        ]


def _entry(row: Row[Any], found: Diagnosis) -> dict[str, Any]:
    since = None if found.since is None else found.since.isoformat(timespec="seconds")
    return {
        "site": row.site_name,
        "slug": row.slug,
        "number": row.number,
        "run_id": row.public_id,
        **(found._asdict() | {"since": since}),
    }


def _open_runs(now: datetime) -> Select[Any]:
    """Return the query of the open runs with the facts of their current stage."""
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


def _diagnose(tx: Connection, row: Row[Any], now: datetime) -> Diagnosis | None:
    """Return why a run does not advance; None if it does, or waits for people."""
    name = f"Run #{row.number} of {row.site_name}"
    status = display_status(row, row.slots)
    if status in ("paused", "waiting"):
        return None
    if status == "blocked":
        message = notice(row, status, row.slots, None) or {"text": "", "cure": ""}
        text = f"{name} is blocked: {message['text']}"
        return Diagnosis("blocked", "bad", row.blocked_at, text, message["cure"])
    if row.orphans:
        return _diagnose_orphans(row, name)
    if status == "stalled":
        return Diagnosis(
            "stalled",
            "bad",
            row.stalled_at,
            f"{name} has stopped because no worker is running.",
            "Start “igny8 worker” or “igny8 serve”; the run then continues automatically.",
        )
    if row.oldest is not None:
        return _diagnose_slow(row, name, now)
    return _diagnose_idle(tx, row, name, now)


def _diagnose_orphans(row: Row[Any], name: str) -> Diagnosis:
    """Diagnose a run whose items are claimed by dead workers."""
    return Diagnosis(
        "orphaned",
        "note" if row.slots else "bad",
        _to_datetime(row.oldest),
        f"{name} has {pluralize(row.orphans, 'items')} claimed by a worker that is gone.",
        "A running process requeues them within 35 seconds."
        if row.slots
        else "Start a worker: “igny8 worker” or “igny8 serve”. It requeues them at once.",
    )


def _diagnose_slow(row: Row[Any], name: str, now: datetime) -> Diagnosis | None:
    """Diagnose a run whose oldest claim takes unusually long; None if none does."""
    seconds = now.timestamp() - row.oldest
    if seconds < SLOW_AFTER_S:
        return None
    return Diagnosis(
        "slow",
        "warn",
        _to_datetime(row.oldest),
        f"{name} has been working on one item for {seconds / 60:,.0f} minutes.",
        "Its worker is alive, so it waits for an answer: check the model server of this stage. "
        "Ending that worker requeues the item.",
    )


def _diagnose_idle(tx: Connection, row: Row[Any], name: str, now: datetime) -> Diagnosis | None:
    """Diagnose a run without work in progress although workers are online."""
    due = _next_due(tx, row, now) if row.queued else None
    if due is not None:
        items = pluralize(row.queued, "items")
        return Diagnosis(
            "waiting",
            "note",
            None,
            f"{name} waits until {due:%H:%M:%S} UTC to retry {items}.",
            "It continues automatically; the errors are on the page of the run.",
        )
    since = _last_activity(tx, row)
    if (now - since).total_seconds() < STUCK_AFTER_S:
        return None
    problem = (
        f"{pluralize(row.queued, 'items')} are queued, workers are online, and nobody takes them"
        if row.queued
        else "nothing is left in its stage, and nobody moved it on"
    )
    return Diagnosis(
        "stuck",
        "bad",
        since,
        f"{name} is stuck: {problem}.",
        "Restart the workers, which loses nothing. If it still does not continue, check their log "
        "and please report it with the output of “igny8 doctor --json”.",
    )


def _next_due(tx: Connection, row: Row[Any], now: datetime) -> datetime | None:
    """Return when the next item may be retried; None if one can be claimed now."""
    queued = (
        (item.c.run_id == row.id) & (item.c.stage == row.current_stage) & (item.c.state == "queued")
    )
    is_due = item.c.not_before.is_(None) | (item.c.not_before <= now.timestamp())
    if tx.execute(select(exists().where(queued, is_due))).scalar():
        return None
    return _to_datetime(tx.execute(select(func.min(item.c.not_before)).where(queued)).scalar())


def _last_activity(tx: Connection, row: Row[Any]) -> datetime:
    """Return when something last happened in the current stage of a run."""
    query = select(func.max(item.c.finished_at)).where(
        item.c.run_id == row.id, item.c.stage == row.current_stage
    )
    ended = _to_datetime(tx.execute(query).scalar())
    moments = (ended, row.stage_since, row.active_since, row.created_at)
    return max(moment for moment in moments if moment is not None)


def _to_datetime(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
