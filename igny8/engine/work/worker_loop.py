"""P2: work for a while. Claim, ask, settle, move on; answer whether there is more."""

import logging

from sqlalchemy.exc import OperationalError

from igny8 import clock
from igny8.engine.db_retry import MAX_WAIT_S, retry_on_disconnect
from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.transitions import advance
from igny8.engine.work.claims import claim, has_claimable_items
from igny8.engine.work.settle import ClaimLost, release, settle_claim
from igny8.errors import ExternalError, Interrupted
from igny8.stages import get_stage
from igny8.stages.base import Batch

TIME_SLICE_S = 30.0
log = logging.getLogger(__name__)


def run_worker(heartbeat, tools_for, stopping=lambda: False, on_claim=lambda: None) -> bool:
    """Work off claims for about 30 s; return whether work is left that can be taken now.

    `heart` beats for what is held; `tools_for(batch)` gives a stage its tools; `stopping()` ends
    the slice at the next item boundary; `on_claim()` is called after each claim.
    """
    end = clock.monotonic() + TIME_SLICE_S
    while clock.monotonic() < end:
        if stopping() or not heartbeat.is_healthy:
            return False
        batch = claim(heartbeat.worker_id)
        if batch is None:
            return False
        on_claim()
        heartbeat.track_claim(batch.token)
        try:
            drained = process_claim(batch, tools_for(batch))
        finally:
            heartbeat.untrack_claim(batch.token)
        if drained:
            advance(batch.run_id)
    return has_claimable_items()


def process_claim(batch: Batch, tools) -> bool:
    """Ask and settle one claim; return whether the run may now move on."""
    try:
        answers, seconds = retry_on_disconnect(lambda: _ask(batch, tools))
        return retry_on_disconnect(lambda: _settle(batch, answers, seconds))
    except ClaimLost as lost:
        log.warning("claim lost: %s", lost)
        retry_on_disconnect(tools.discard_images)
        return True
    except Interrupted:
        release(batch)
        return False
    except OperationalError:
        log.exception(
            "the database did not answer for %s s; the sweep gives the items back", MAX_WAIT_S
        )
        return False
    except Exception as bug:  # noqa: BLE001 - a bug in a stage must end on the item, not kill the worker
        log.exception("stage %s failed on %s items", batch.stage, len(batch.items))
        return _isolate(batch, tools, bug)


def _ask(batch: Batch, tools) -> tuple[dict, float]:
    """Return the stage's answers and the seconds that they took; no transaction is open."""
    fault_point("asked")
    begun = clock.monotonic()
    try:
        answers = get_stage(batch.stage).process(batch, tools)
    except Interrupted:  # nothing was begun for any of them
        raise
    except ExternalError as error:
        answers = dict.fromkeys(batch.subject_ids, error)
    answers = {s: answers.get(s) for s in batch.subject_ids}
    return answers, clock.monotonic() - begun


def _settle(batch: Batch, answers: dict, seconds: float) -> bool:
    begun = clock.monotonic()
    drained = settle_claim(batch, answers, seconds)
    log.debug("settled %s items in %.1f ms", len(batch.items), 1000 * (clock.monotonic() - begun))
    return drained


def _isolate(batch: Batch, tools, bug: Exception) -> bool:
    """Find the item that a bug hides in by working one by one; that item fails and says why."""
    if len(batch.items) > 1:
        return any([process_claim(batch.narrowed_to([item]), tools) for item in batch.items])
    error = ExternalError(
        f"internal error: {type(bug).__name__}: {bug}"[:500], kind="bug", permanent=True
    )
    try:
        return settle_claim(batch, dict.fromkeys(batch.subject_ids, error), 0.0)
    except ClaimLost:
        return True
