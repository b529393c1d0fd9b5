"""Change the items of a claim, always under its token: finish, requeue, release, enrol."""

from sqlalchemy import Connection, Row, bindparam, update

from igny8 import clock
from igny8.engine.runs.first_articles import PLAN
from igny8.engine.work.outcomes import Outcomes
from igny8.engine.work.retry_backoff import rate_limit_delay, retry_delay
from igny8.errors import ExternalError, Igny8Error
from igny8.extensions import write_transaction
from igny8.models import Run, RunItem, RunStage
from igny8.models.base import insert_if_absent
from igny8.stages import next_stage
from igny8.stages.base import Batch, Output

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__

# Built once at import: building a statement costs more than executing it.
UPDATE_CLAIMED = update(item).where(item.c.token == bindparam("by"), item.c.state == "active")
UPDATE_CLAIMED_ITEM = UPDATE_CLAIMED.where(item.c.id == bindparam("one"))
MARK_DONE = UPDATE_CLAIMED.where(item.c.id.in_(bindparam("ids", expanding=True))).values(
    state="done", token=None, seconds=bindparam("each"), finished_at=bindparam("now")
)
MARK_ENDED = UPDATE_CLAIMED_ITEM.values(
    state=bindparam("new_state"),
    error=bindparam("message"),
    error_kind=bindparam("kind"),
    token=None,
    seconds=bindparam("each"),
    finished_at=bindparam("now"),
)
QUEUE_RETRY = UPDATE_CLAIMED_ITEM.values(
    state="queued",
    token=None,
    retry_order=1,
    error=bindparam("message"),
    error_kind=bindparam("kind"),
    not_before=bindparam("due"),
)
QUEUE_UNTOUCHED = UPDATE_CLAIMED_ITEM.values(
    state="queued",
    token=None,
    attempt=item.c.attempt - 1,
    started_at=None,
    not_before=bindparam("due"),
)
SET_CREDITS = update(item).where(item.c.id == bindparam("one")).values(credits=bindparam("spent"))


class ClaimLost(Igny8Error):
    """The claim was requeued for other workers; nothing was written."""


def write_items(
    tx: Connection, batch: Batch, outcomes: Outcomes, credits: dict[int, int], seconds: float
) -> None:
    """Write the outcomes; `credits` are by subject id, `seconds` is the time per item.

    Raise ClaimLost if an item no longer has the token; the caller rolls everything back.
    """
    now = clock.now().timestamp()
    written = _write_finished(tx, batch, outcomes, {"by": batch.token, "each": seconds, "now": now})
    for claimed in batch.items:
        if credits.get(claimed.subject_id):
            tx.execute(SET_CREDITS, {"one": claimed.id, "spent": credits[claimed.subject_id]})
    attempts = {claimed.id: claimed.attempt for claimed in batch.items}
    for item_id, error in outcomes.retried.items():
        due = now + retry_delay(attempts[item_id], error.retry_after)
        row = {"by": batch.token, "one": item_id, "message": str(error), "kind": error.kind}
        written += tx.execute(QUEUE_RETRY, row | {"due": due}).rowcount
    for item_id, error in outcomes.untouched.items():
        row = {"by": batch.token, "one": item_id, "due": _untouched_due(error, now)}
        written += tx.execute(QUEUE_UNTOUCHED, row).rowcount
    if written != len(batch.items):
        raise ClaimLost(f"{len(batch.items) - written} of {len(batch.items)} items were requeued")


def _write_finished(tx: Connection, batch: Batch, outcomes: Outcomes, facts: dict) -> int:
    """Close done, skipped and failed items; return how many rows changed."""
    written = 0
    if outcomes.done:
        written += tx.execute(MARK_DONE, facts | {"ids": outcomes.done}).rowcount
    ended = [(i, "skipped", why, "skipped") for i, why in outcomes.skipped.items()]
    ended += [(i, "failed", str(error), error.kind) for i, error in outcomes.failed.items()]
    for item_id, state, message, kind in ended:
        row = {"one": item_id, "new_state": state, "message": message, "kind": kind}
        written += tx.execute(MARK_ENDED, facts | row).rowcount
    return written


def _untouched_due(error: ExternalError, now: float) -> float | None:
    if error.kind != "rate_limit" or not error.retry_after:
        return None
    return now + rate_limit_delay(error.retry_after)


def enrol_outputs(tx: Connection, batch: Batch, outputs: list[Output]) -> int:
    """Enrol outputs as items of the run's next stage; return how many were new there.

    The ideas of a run with limited articles are enrolled later (engine/runs/first_articles.py).
    """
    number = next_stage(batch.stage, batch.settings)
    is_later = number == PLAN and batch.settings.first_articles is not None
    if not outputs or number is None or is_later:
        return 0
    rows = [
        {
            "run_id": batch.run_id,
            "stage": number,
            "subject_id": output.subject_id,
            "title": output.title,
            "rank": output.rank,
        }
        for output in outputs
    ]
    return tx.execute(insert_if_absent(tx, item), rows).rowcount


def release_claim(claim: Batch | Row) -> int:
    """Queue the items of a claim (run_id, stage, token) as untried; return how many."""
    with write_transaction() as tx:
        Run.lock(tx, claim.run_id)
        released = tx.execute(
            update(item)
            .where(item.c.token == claim.token, item.c.state == "active")
            .values(state="queued", token=None, attempt=item.c.attempt - 1, started_at=None)
        ).rowcount
        count_requeued(tx, claim.run_id, claim.stage, released)
    return released


def count_requeued(tx: Connection, run_id: int, stage: int, count: int) -> None:
    """Move `count` items of a stage from active to queued in its counters."""
    counts = {"active": run_stage.c.active - count, "queued": run_stage.c.queued + count}
    of_stage = (run_stage.c.run_id == run_id) & (run_stage.c.number == stage)
    tx.execute(update(run_stage).where(of_stage).values(counts))
    tx.execute(update(run).where(run.c.id == run_id).values(version=run.c.version + 1))
