"""Store notifications of events in the transaction of the change that they report.

The kinds of events: notifications/event_kinds.py. Protocol: docs/notifications.md#storing.
"""

from sqlalchemy import Connection, Row, select

from igny8.formatting import pluralize
from igny8.models import (
    Notification,
    NotificationChannel,
    Run,
    RunSettings,
    RunStage,
)
from igny8.notifications.event_kinds import BLOCKED, CAP, FAILED, FINISHED, REVIEW, STALLED
from igny8.stages import LAST, get_stage
from igny8.stages.base import Batch, output_unit

run_stage = RunStage.__table__
WRITE = 4


def run_finished(tx: Connection, run: Row) -> None:
    """Report that a run (a locked row) is done, and what waits for people."""
    stages = _stages(tx, run.id)
    failed, ready = sum(s.failed for s in stages), stages[LAST - 1].made
    text = f"Run #{run.number} is done."
    if ready:
        text += f" {_ready(run, ready)} for your review."
    if failed:
        text += f" {pluralize(failed, 'items')} failed."
    page = "review" if ready else "run"
    kinds = {FINISHED, FAILED} if failed else {FINISHED}
    notified = _tell(tx, run, kinds, f"run:{run.id}:done", text, page)
    if not ready:
        return
    review = f"{_ready(run, ready)} for your review."
    for channel in NotificationChannel.interested(tx, run.site_id, {REVIEW}):
        if channel.id not in notified:  # the message about the end says the same
            _store_review(tx, channel, run, review)


def run_blocked(tx: Connection, run: Row, text: str, is_human: bool) -> None:
    """Report why a run (a locked row) is blocked; `is_human`: it waits for a person."""
    kinds = {BLOCKED, REVIEW} if is_human else {BLOCKED}
    _tell(tx, run, kinds, f"run:{run.id}:blocked:{run.version}", text, "automation")


def run_stalled(tx: Connection, run: Row) -> None:
    """Report that no worker continues a run (a locked row)."""
    text = f"Run #{run.number} has stopped: no worker is running."
    _tell(tx, run, {STALLED}, f"run:{run.id}:stalled:{run.version}", text, "automation")


def articles_ready(tx: Connection, batch: Batch) -> None:
    """Report once that as many articles of a run are ready as a channel asks for.

    Called after the counters of the review stage have changed.
    """
    channels = NotificationChannel.interested(tx, batch.site_id, {REVIEW})
    if not channels:
        return
    run = _fetch_run(tx, batch.run_id)
    ready = _stages(tx, run.id)[LAST - 1].made
    for channel in channels:
        if ready >= channel.review_count:
            text = f"The first {_ready(run, ready)} for your review."
            _store_review(tx, channel, run, text)


def cap_used(tx: Connection, run_id: int, key: str, text: str) -> None:
    """Report which share of a cap is used; `key` identifies the cap and its amount."""
    _tell(tx, _fetch_run(tx, run_id), {CAP}, f"cap:{key}", text, "automation")


def is_cap_wanted(tx: Connection, site_id: int) -> bool:
    """Return whether a channel of a site reports its caps."""
    return bool(NotificationChannel.interested(tx, site_id, {CAP}))


def _fetch_run(tx: Connection, run_id: int) -> Row:
    return tx.execute(select(Run.__table__).where(Run.id == run_id)).one()


def _stages(tx: Connection, run_id: int) -> list[Row]:
    query = select(run_stage).where(run_stage.c.run_id == run_id).order_by(run_stage.c.number)
    return list(tx.execute(query).all())


def _ready(run: Row, count: int) -> str:
    """Return a text such as "84 briefs are ready", naming what this run writes."""
    unit = output_unit(get_stage(WRITE), RunSettings.from_json(run.settings))
    return f"{pluralize(count, unit)} {'is' if count == 1 else 'are'} ready"


def _store_review(tx: Connection, channel: Row, run: Row, text: str) -> None:
    values = {"kind": REVIEW, "text": text, "page": "review", "run": run.public_id}
    Notification.store(tx, channel, f"run:{run.id}:review", **values)


def _tell(tx: Connection, run: Row, kinds: set[str], key: str, text: str, page: str) -> set[int]:
    """Store an event for the channels that subscribed to one of its kinds; return their ids."""
    channels = NotificationChannel.interested(tx, run.site_id, kinds)
    for channel in channels:
        kind = next(kind for kind in channel.events if kind in kinds)
        values = {"kind": kind, "text": text, "page": page, "run": run.public_id}
        Notification.store(tx, channel, key, **values)
    return {channel.id for channel in channels}
