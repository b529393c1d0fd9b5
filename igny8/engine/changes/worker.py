"""Ask a model for a claimed change and store its proposal.

A person accepts or drops the proposal. Protocol: docs/engine.md#other-claimed-work.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from igny8 import clock
from igny8.engine.billing.providers import Providers
from igny8.engine.changes import claims
from igny8.engine.changes.kinds import ChangeKind, choose_model
from igny8.engine.changes.parts import PARTS
from igny8.engine.changes.redraws import REDRAWS
from igny8.engine.claim_lease import LostClaim
from igny8.engine.fault_injection import fault_point
from igny8.engine.work.retry_backoff import retry_delay
from igny8.errors import ExternalError

KINDS = (PARTS, REDRAWS)
MAX_ATTEMPTS = 3
WAITING_KINDS = ("rate_limit", "circuit_breaker", "interrupted", "stopped")
WAIT_S = 2.0
log = logging.getLogger(__name__)


def change_next(providers: Providers, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Claim a change of each kind and carry it out; return whether one was found."""
    found = False
    for kind in KINDS:
        claim = None if should_stop() else claims.claim_next(kind.table)
        if claim is None:
            continue
        found = True
        fault_point("change_claimed")
        try:
            with claims.heartbeat(kind.table, claim):
                _change(kind, claim, providers)
        except LostClaim:
            log.warning("change_claim_lost", extra={"change_id": claim.id})
    return found


def _change(kind: ChangeKind, claim: Row, providers: Providers) -> None:
    try:
        proposed = kind.propose(choose_model(kind, claim, providers), claim)
    except ExternalError as error:
        _settle_error(kind, claim, error)
    except Exception as bug:  # a bug fails the change, not the worker
        log.exception("change %s failed", claim.id)
        reason = f"internal error: {type(bug).__name__}: {bug}"[:500]
        claims.settle(kind.table, claim, "failed", reason=reason)
    else:
        fault_point("change_answered")
        claims.settle(kind.table, claim, "proposed", reason="", **proposed)


def _settle_error(kind: ChangeKind, claim: Row, error: ExternalError) -> None:
    """Queue a change again after a temporary error, or mark it as failed with the reason."""
    if error.kind in WAITING_KINDS:
        _wait(kind, claim, error, error.retry_after or WAIT_S, attempts=claim.attempts - 1)
    elif error.permanent or error.kind == "budget" or claim.attempts >= MAX_ATTEMPTS:
        claims.settle(kind.table, claim, "failed", reason=str(error)[:500])
    else:
        _wait(kind, claim, error, retry_delay(claim.attempts, error.retry_after))


def _wait(
    kind: ChangeKind, claim: Row, error: ExternalError, seconds: float, **values: Any
) -> None:
    not_before = clock.now() + timedelta(seconds=seconds)
    reason = str(error)[:500]
    claims.settle(kind.table, claim, "queued", not_before=not_before, reason=reason, **values)
