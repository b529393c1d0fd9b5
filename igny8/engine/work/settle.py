"""Settle a claim: effects, items, counters, credits and log in one transaction.

Protocol: docs/engine.md#settle.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from igny8 import clock
from igny8.engine.billing import credits
from igny8.engine.billing.providers import find_access
from igny8.engine.fault_injection import fault_point
from igny8.engine.notifications import events
from igny8.engine.work.claim_events import write_events
from igny8.engine.work.counters import write_counters
from igny8.engine.work.hand_over import hand_over_outputs
from igny8.engine.work.item_updates import ClaimLost, enrol_outputs, write_items
from igny8.engine.work.outcomes import Outcomes, decide_outcomes
from igny8.engine.work.run_progress import LOCK_RUN, SELECT_STAGES
from igny8.errors import ExternalError
from igny8.extensions import write_transaction
from igny8.models import Run
from igny8.stages import LAST, get_stage
from igny8.stages.base import Batch, PersistResult

# kind of an error that lies outside of the item → kind of the run's block
BLOCK_KINDS = {
    "budget": "budget",
    "money": "money",
    "auth": "credentials",
    "address": "address",
    "unknown_model": "model",
    "disk": "disk",
}


def settle_claim(batch: Batch, answers: dict[int, Any], seconds: float) -> bool:
    """Write the outcome of a claim; return whether the run may advance now.

    `answers` maps subject ids to answers or ExternalErrors; `seconds` is the working time of the
    whole claim. Raise ClaimLost, with everything rolled back, if the token is no longer valid.
    """
    fault_point("answered")
    with write_transaction() as tx:
        row = tx.execute(LOCK_RUN, {"of_run": batch.run_id}).first()
        if row is None:
            raise ClaimLost("the run was deleted")
        stages = tx.execute(SELECT_STAGES, {"of_run": batch.run_id}).all()
        outcomes, result = _persist(tx, batch, answers)
        result.credits = _capture_credits(tx, batch, outcomes)
        write_items(tx, batch, outcomes, result.credits, seconds / len(batch.items))
        forwarded = enrol_outputs(tx, batch, result.outputs)
        handed = hand_over_outputs(tx, batch, result.outputs)
        write_counters(tx, batch, row, stages, outcomes, result, forwarded, handed, seconds)
        write_events(tx, batch, outcomes, result)
        if handed.made or (batch.stage == LAST and result.made):
            events.articles_ready(tx, batch)
        _block_run(tx, batch, outcomes)
        fault_point("settling")
    fault_point("settled")
    return _may_advance(row, stages, batch, outcomes)


def _persist(
    tx: Connection, batch: Batch, answers: dict[int, Any]
) -> tuple[Outcomes, PersistResult]:
    """Write the effects of good answers; return the outcome of each item and its outputs."""
    stage = get_stage(batch.stage)
    errors = {s: a for s, a in answers.items() if isinstance(a, ExternalError)}
    good = {s: a for s, a in answers.items() if s not in errors}
    result = PersistResult()
    if good:
        answered = batch.narrowed_to([i for i in batch.items if i.subject_id in good])
        result = stage.persist(tx, answered, good)
    outcomes = decide_outcomes(batch, errors, result)
    if outcomes.failed and hasattr(stage, "mark_failed"):
        subjects = [i.subject_id for i in batch.items if i.id in outcomes.failed]
        result.outputs += stage.mark_failed(tx, batch, {s: errors[s] for s in subjects})
    return outcomes, result


def _capture_credits(tx: Connection, batch: Batch, outcomes: Outcomes) -> dict[int, int]:
    """Capture credits of done items, release those of failed and skipped ones.

    Return the captured credits by subject id.
    """
    stage = get_stage(batch.stage)
    if stage.KEY not in batch.settings.providers:
        return {}
    ended = {*outcomes.failed, *outcomes.skipped}
    finished = {*outcomes.done, *ended}
    done = [i.subject_id for i in batch.items if i.id in finished and i.id not in ended]
    lost = [i.subject_id for i in batch.items if i.id in ended]
    paid = credits.capture(tx, batch, done, lost)
    if hasattr(stage, "add_cost"):
        for subject, spent in paid.items():
            stage.add_cost(tx, subject, spent)
    return {subject: spent.credits for subject, spent in paid.items() if spent.credits}


def _block_run(tx: Connection, batch: Batch, outcomes: Outcomes) -> None:
    """Block the run if an item was returned because of its provider, a cap or a full disk."""
    for error in outcomes.untouched.values():
        kind = BLOCK_KINDS.get(error.kind)
        if kind is None:
            continue
        until = breaker_key = None
        if error.kind in ("budget", "disk") and error.retry_after:
            until = clock.now().timestamp() + error.retry_after
        if error.kind == "auth":  # resuming the run lets one request through to test the new key
            choice = batch.settings.providers.get(get_stage(batch.stage).KEY)
            access = find_access(tx, batch.site_id, choice)
            breaker_key = access.breaker_key if access else None
        Run.block(tx, batch.run_id, kind, str(error), until, breaker_key)


def _may_advance(row: Row, stages: Sequence[Row], batch: Batch, outcomes: Outcomes) -> bool:
    """Return whether advance() may have work: a pending action, or a stage that is empty."""
    stage = stages[batch.stage - 1]
    left = stage.queued + stage.active - len(batch.items) + outcomes.queued
    return (
        row.desired_state != "go"
        or row.block_kind is not None
        or row.rewind_to_stage is not None
        or bool(outcomes.untouched)
        or left <= stage.held
    )
