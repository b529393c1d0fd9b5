"""Run the worker loop: claim items, process them, settle the claim, advance the run.

Protocol: docs/engine.md#process.
"""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import OperationalError

from igny8 import clock
from igny8.engine.db_retry import log_database_error, retry_on_disconnect
from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.transitions import advance
from igny8.engine.work.claims import claim, has_claimable_items
from igny8.engine.work.heartbeat import Heartbeat
from igny8.engine.work.item_updates import ClaimLost, release_claim
from igny8.engine.work.settle import settle_claim
from igny8.engine.work.tools import Tools
from igny8.errors import ExternalError, Interrupted
from igny8.stages import get_stage
from igny8.stages.base import Batch

TIME_SLICE_S = 30.0
log = logging.getLogger(__name__)


def run_worker(
    heartbeat: Heartbeat,
    tools_for: Callable[[Batch], Tools],
    stopping: Callable[[], bool] = lambda: False,
    on_claim: Callable[[], None] = lambda: None,
) -> bool:
    """Process claims for about 30 s; return whether more items can be claimed now.

    `heartbeat` keeps the claims alive; `tools_for(batch)` returns the tools of a claim;
    `stopping()` ends the loop at the next item boundary; `on_claim()` is called after each claim.
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
            may_advance = process_claim(batch, tools_for(batch))
        finally:
            heartbeat.untrack_claim(batch.token)
        if may_advance:
            advance(batch.run_id)
    return has_claimable_items()


def process_claim(batch: Batch, tools: Tools) -> bool:
    """Process and settle one claim; return whether the run may advance now."""
    try:
        answers, seconds = retry_on_disconnect(lambda: _process(batch, tools))
        return retry_on_disconnect(lambda: _settle(batch, answers, seconds))
    except ClaimLost as lost:
        log.warning("claim lost: %s", lost)
        retry_on_disconnect(tools.discard_images)
        return True
    except Interrupted:
        release_claim(batch)
        return False
    except OperationalError as error:
        log_database_error(error, "the recovery sweep will requeue the items")
        return False
    except Exception as bug:  # a bug in a stage fails its item, not the worker
        log.exception("stage %s failed on %s items", batch.stage, len(batch.items))
        return _fail_faulty_item(batch, tools, bug)


def _process(batch: Batch, tools: Tools) -> tuple[dict[int, Any], float]:
    """Return the answers of the stage by subject id and the seconds that they took.

    No transaction is open meanwhile.
    """
    fault_point("asked")
    started = clock.monotonic()
    try:
        answers = get_stage(batch.stage).process(batch, tools)
    except Interrupted:  # no item was started
        raise
    except ExternalError as error:
        answers = dict.fromkeys(batch.subject_ids, error)
    answers = {subject: answers.get(subject) for subject in batch.subject_ids}
    return answers, clock.monotonic() - started


def _settle(batch: Batch, answers: dict[int, Any], seconds: float) -> bool:
    started = clock.monotonic()
    may_advance = settle_claim(batch, answers, seconds)
    milliseconds = 1000 * (clock.monotonic() - started)
    log.debug("settled %s items in %.1f ms", len(batch.items), milliseconds)
    return may_advance


def _fail_faulty_item(batch: Batch, tools: Tools, bug: Exception) -> bool:
    """Process the items one by one and fail the one that raises; return whether to advance."""
    if len(batch.items) > 1:
        single_items = [batch.narrowed_to([item]) for item in batch.items]
        may_advance = [process_claim(single, tools) for single in single_items]
        return any(may_advance)
    message = f"internal error: {type(bug).__name__}: {bug}"[:500]
    error = ExternalError(message, kind="bug", permanent=True)
    try:
        return settle_claim(batch, dict.fromkeys(batch.subject_ids, error), 0.0)
    except ClaimLost:
        return True
