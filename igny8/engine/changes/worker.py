"""Ask a model for the claimed change of a part and store its proposal.

A person accepts or drops the proposal. Protocol: docs/engine.md#other-claimed-work.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.article_parts import split_parts
from igny8.engine.billing.providers import Providers, find_access
from igny8.engine.changes import claims
from igny8.engine.changes.requests import ChangeRequests
from igny8.engine.claim_lease import LostClaim
from igny8.engine.fault_injection import fault_point
from igny8.engine.work.retry_backoff import retry_delay
from igny8.errors import ExternalError
from igny8.extensions import read_transaction
from igny8.models import Content, RunSettings, Site
from igny8.providers.base import Citation, PartChangeRequest
from igny8.sanitising import clean
from igny8.stages.base import voice_of
from igny8.stages.provider_choice import resolve_providers

WRITE = "write"  # key of the stage whose provider changes parts
MAX_ATTEMPTS = 3
WAITING_KINDS = ("rate_limit", "circuit_breaker", "interrupted", "stopped")
WAIT_S = 2.0
NO_MODEL = "No text model is chosen for stage 4. Choose one under Settings, Models and budget."
log = logging.getLogger(__name__)


def change_next(providers: Providers, should_stop: Callable[[], bool] = lambda: False) -> bool:
    """Claim a change and carry it out; return whether one was found."""
    claim = None if should_stop() else claims.claim_next()
    if claim is None:
        return False
    fault_point("change_claimed")
    try:
        with claims.heartbeat(claim):
            _change(claim, providers)
    except LostClaim:
        log.warning("change_claim_lost", extra={"change_id": claim.id})
    return True


def _change(claim: Row, providers: Providers) -> None:
    try:
        after, model = _propose(claim, providers)
    except ExternalError as error:
        _settle_error(claim, error)
    except Exception as bug:  # a bug fails the change, not the worker
        log.exception("change %s failed", claim.id)
        claims.settle(claim, "failed", reason=f"internal error: {type(bug).__name__}: {bug}"[:500])
    else:
        fault_point("change_answered")
        claims.settle(claim, "proposed", after=after, model=model, reason="")


def _propose(claim: Row, providers: Providers) -> tuple[str, str]:
    """Return the HTML that the model proposes for the part, and the name of the model."""
    with read_transaction() as tx:
        settings = resolve_providers(tx, claim.site_id)
        choice = settings.providers.get(WRITE)
        if choice is None:
            raise ExternalError(NO_MODEL, permanent=True)
        access = find_access(tx, claim.site_id, choice)
        wish = _wish(tx, claim, settings)
    provider = providers.get(access, choice)
    if access is None:
        raise ExternalError(NO_MODEL, permanent=True)
    answer = provider.change_part(wish, ChangeRequests(claim, access))
    return clean(str(answer.value)), answer.model


def _wish(tx: Connection, claim: Row, settings: RunSettings) -> PartChangeRequest:
    site = Site.name, Site.language
    texts = Content.title, Content.html, Content.primary_phrase, Content.citations
    query = select(*texts, *site).join(Site, Site.id == Content.site_id)
    row = tx.execute(query.where(Content.id == claim.content_id)).one()
    return PartChangeRequest(
        title=row.title,
        heading=claim.heading,
        html=claim.before,
        wish=claim.wish,
        outline=tuple(part.heading for part in split_parts(row.html) if part.heading),
        keyword=row.primary_phrase,
        site_name=row.name,
        language=row.language,
        voice=voice_of(settings),
        citations=Citation.from_json(row.citations),
    )


def _settle_error(claim: Row, error: ExternalError) -> None:
    """Queue a change again after a temporary error, or mark it as failed with the reason."""
    if error.kind in WAITING_KINDS:
        _wait(claim, error, error.retry_after or WAIT_S, attempts=claim.attempts - 1)
    elif error.permanent or error.kind == "budget" or claim.attempts >= MAX_ATTEMPTS:
        claims.settle(claim, "failed", reason=str(error)[:500])
    else:
        _wait(claim, error, retry_delay(claim.attempts, error.retry_after))


def _wait(claim: Row, error: ExternalError, seconds: float, **values: Any) -> None:
    not_before = clock.now() + timedelta(seconds=seconds)
    reason = str(error)[:500]
    claims.settle(claim, "queued", not_before=not_before, reason=reason, **values)
