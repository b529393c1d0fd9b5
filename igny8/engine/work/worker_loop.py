"""P2: work for a while. Claim, ask, settle, move on; answer whether there is more."""

import logging

from sqlalchemy.exc import OperationalError

from igny8 import clock
from igny8.engine.db_retry import PATIENCE, patiently
from igny8.engine.fault_injection import fault
from igny8.engine.runs.transitions import advance
from igny8.engine.work.claims import claim, more_waits
from igny8.engine.work.settle import Fenced, release, settle
from igny8.errors import Interrupted, ExternalError
from igny8.stages import get_stage
from igny8.stages.base import Batch

SLICE = 30.0
log = logging.getLogger(__name__)


def pump(heart, tools_for, stopping=lambda: False, on_claim=lambda: None) -> bool:
    """Work off claims for about 30 s; return whether work is left that can be taken now.

    `heart` beats for what is held; `tools_for(batch)` gives a stage its tools; `stopping()` ends
    the slice at the next item boundary; `on_claim()` is called after each claim.
    """
    end = clock.monotonic() + SLICE
    while clock.monotonic() < end:
        if stopping() or not heart.is_sound:
            return False
        batch = claim(heart.worker_id)
        if batch is None:
            return False
        on_claim()
        heart.hold(batch.token)
        try:
            drained = work(batch, tools_for(batch))
        finally:
            heart.let_go(batch.token)
        if drained:
            advance(batch.run_id)
    return more_waits()


def work(batch: Batch, tools) -> bool:
    """Ask and settle one claim; return whether the run may now move on."""
    try:
        answers, seconds = patiently(lambda: _ask(batch, tools))
        return patiently(lambda: _settle(batch, answers, seconds))
    except Fenced as lost:
        log.warning("claim lost: %s", lost)
        patiently(tools.let_go)
        return True
    except Interrupted:
        release(batch)
        return False
    except OperationalError:
        log.exception(
            "the database did not answer for %s s; the sweep gives the items back", PATIENCE
        )
        return False
    except Exception as bug:  # noqa: BLE001 - a bug in a stage must end on the item, not kill the worker
        log.exception("stage %s failed on %s items", batch.stage, len(batch.items))
        return _isolate(batch, tools, bug)


def _ask(batch: Batch, tools) -> tuple[dict, float]:
    """Return the stage's answers and the seconds that they took; no transaction is open."""
    fault("asked")
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
    drained = settle(batch, answers, seconds)
    log.debug("settled %s items in %.1f ms", len(batch.items), 1000 * (clock.monotonic() - begun))
    return drained


def _isolate(batch: Batch, tools, bug: Exception) -> bool:
    """Find the item that a bug hides in by working one by one; that item fails and says why."""
    if len(batch.items) > 1:
        return any([work(batch.of([item]), tools) for item in batch.items])
    error = ExternalError(
        f"internal error: {type(bug).__name__}: {bug}"[:500], kind="bug", permanent=True
    )
    try:
        return settle(batch, dict.fromkeys(batch.subject_ids, error), 0.0)
    except Fenced:
        return True
