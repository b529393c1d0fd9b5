"""Carry out claimed publications and store their outcomes.

Outcomes: docs/publishing.md#outcomes.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from igny8 import clock
from igny8.engine.claim_lease import LostClaim
from igny8.engine.fault_injection import fault_point
from igny8.engine.publications import claims
from igny8.engine.publications.calendar import move_missed
from igny8.engine.publications.kinds import KINDS
from igny8.engine.publications.work import (
    NotApproved,
    OutcomePending,
    RemoteChanged,
    RemoteMissing,
    Stopped,
    Work,
)
from igny8.engine.work.retry_backoff import retry_delay
from igny8.errors import ExternalError
from igny8.extensions import write_transaction
from igny8.models import Publication, PublishingTarget

MAX_ATTEMPTS = 5
PAUSING_KINDS = ("rate_limit", "auth")  # errors that concern every text of the target
AUTH_PAUSE_S = 60.0
log = logging.getLogger(__name__)


def publish_next(should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Claim a publication and carry it out; return whether one was found.

    `should_stop` is called before each request.
    """
    move_missed()
    claim = claims.claim_next()
    if claim is None:
        return False
    fault_point("publication_claimed")
    try:
        with claims.heartbeat(claim):
            _publish(claim, should_stop)
    except LostClaim:
        log.warning("publication_claim_lost", extra={"publication_id": claim.id})
    return True


def _publish(claim: Row, should_stop: Callable[[], bool]) -> None:
    try:
        work = Work.load(claim, should_stop, needs_approval=claim.state != "removing")
        _step(work)(work)
    except NotApproved:
        _end(claim, "failed", claims.WITHDRAWN)
    except Stopped:
        _wait(claim, "queued", "The worker stopped; another one continues.", 0.0, counts=False)
    except OutcomePending as wait:
        _wait(claim, "unknown", "Waiting to see whether the target has it.", wait.seconds, False)
    except RemoteChanged as change:
        _end(claim, "outdated", str(change), changed_there=True, theirs=change.theirs)
    except RemoteMissing as gone:
        _end(claim, "missing", str(gone))
    except ExternalError as error:
        _settle_error(claim, error)
    except Exception as bug:  # a bug fails the publication, not the worker
        log.exception("publication %s failed", claim.id)
        _end(claim, "failed", f"internal error: {type(bug).__name__}: {bug}"[:500])


def _step(work: Work) -> Callable[[Work], None]:
    """Return the function of the target's kind that carries out the work."""
    kind = KINDS[work.target.kind]
    step = kind.unpublish if work.is_removal else kind.publish
    if step is None:
        raise ExternalError(f"{kind.label}: this cannot be done there.", permanent=True)
    if kind.needs_secret and not work.secret:
        raise ExternalError(
            f"{work.target.name} has no stored secret. Enter it under Settings, Publishing.",
            kind="auth",
            permanent=True,
        )
    return step


def _settle_error(claim: Row, error: ExternalError) -> None:
    """Queue a publication again after an error, or mark it as failed."""
    if error.kind in PAUSING_KINDS:
        seconds = error.retry_after or AUTH_PAUSE_S
        with write_transaction() as tx:
            until = clock.now() + timedelta(seconds=seconds)
            PublishingTarget.pause(tx, claim.target_id, until, str(error))
    is_last = claim.attempts >= MAX_ATTEMPTS and error.kind != "rate_limit"
    if error.permanent or is_last:
        _end(claim, "failed", str(error))
        return
    is_unknown = getattr(error, "is_unknown", False)
    state = "unknown" if is_unknown else "queued"
    seconds = retry_delay(claim.attempts, error.retry_after)
    _wait(claim, state, str(error), seconds, counts=error.kind != "rate_limit")


def _wait(claim: Row, state: str, why: str, seconds: float, counts: bool = True) -> None:
    """Release the claim until later; `counts` is whether it was an attempt."""
    not_before = clock.now() + timedelta(seconds=seconds)
    attempts = claim.attempts if counts else claim.attempts - 1
    _end(claim, state, why, not_before=not_before, attempts=attempts)


def _end(claim: Row, state: str, why: str, **values: Any) -> None:
    """Release the claim with a new state; do nothing if another worker holds it by now.

    A removal that has to wait remains a removal.
    """
    if claim.state == "removing" and state in ("queued", "unknown"):
        state = "removing"
    values |= claims.NO_CLAIM
    with write_transaction() as tx:
        current = Publication.find(tx, claim.content_id, claim.target_id)
        if current is None or current.claim_token != claim.claim_token:
            raise LostClaim
        if current.state == state:
            claims.renew(tx, claim, reason=why, **values)
            return
        Publication.transition(
            tx,
            claim.id,
            (current.state,),
            state,
            claims.WORKER,
            why,
            token=claim.claim_token,
            **values,
        )
