"""Claim publications: one worker per publication, and a limited number per target at a time.

A claim is a random token with a heartbeat, as for runs and imports (docs/publishing.md#claims).
"""

import secrets
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from igny8 import clock
from igny8.engine import claim_lease
from igny8.engine.claim_lease import LostClaim, is_stale
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingTarget
from igny8.models.publication import NO_CLAIM, WAITING
from igny8.models.publishing_target import HAND

publication, target = Publication.__table__, PublishingTarget.__table__
WORKER = "worker"
WITHDRAWN = "It is not approved any more, so nothing was sent. Approve it, then publish it again."


def claim_next() -> Row | None:
    """Claim a publication that is due; return its row with its new token, or None.

    Claims of dead workers are released first. Articles that are no longer approved end as failed.
    """
    requeue_stale()
    with read_transaction() as tx:
        waiting = tx.execute(_due(clock.now()).limit(20)).all()
    for row in waiting:
        if (claimed := _claim(row.id, row.target_id)) is not None:
            return claimed
    return None


def has_due() -> bool:
    """Return whether a publication is waiting for a worker now."""
    with read_transaction() as tx:
        return tx.execute(_due(clock.now()).limit(1)).first() is not None


def requeue_stale() -> None:
    """Release the claims of dead workers, as unknown if an answer is missing."""
    now = clock.now()
    with read_transaction() as tx:
        query = select(publication).where(publication.c.claim_token.is_not(None), _is_stale(now))
        stale = tx.execute(query).all()
    for row in stale:
        with write_transaction() as tx:
            if row.state in ("unknown", "removing"):
                held = publication.c.claim_token == row.claim_token
                tx.execute(update(publication).where(held, _is_stale(now)).values(NO_CLAIM))
                continue
            back = "unknown" if row.intent else "queued"
            why = "The worker died; another one continues."
            Publication.transition(
                tx, row.id, ("publishing",), back, WORKER, why, token=row.claim_token, **NO_CLAIM
            )


def _is_stale(now: datetime) -> ColumnElement[bool]:
    return is_stale(publication.c.heartbeat_at, now)


def _due(now: datetime) -> Any:
    other = publication.alias("other")
    busy = (
        select(func.count())
        .select_from(other)
        .where(other.c.target_id == target.c.id, other.c.claim_token.is_not(None))
        .correlate(target)
        .scalar_subquery()
    )
    return (
        select(publication.c.id, publication.c.target_id)
        .join(target, target.c.id == publication.c.target_id)
        .where(
            publication.c.state.in_(WAITING),
            publication.c.claim_token.is_(None),
            target.c.kind != HAND,
            or_(publication.c.not_before.is_(None), publication.c.not_before <= now),
            or_(target.c.paused_until.is_(None), target.c.paused_until <= now),
            busy < target.c.concurrent,
        )
        .order_by(publication.c.attempts, publication.c.changed_at, publication.c.id)
    )


def _claim(publication_id: int, target_id: int) -> Row | None:
    """Claim a publication unless another worker was faster; lock the target for its limit."""
    with write_transaction() as tx:
        tx.execute(select(target.c.id).where(target.c.id == target_id).with_for_update())
        now = clock.now()
        due = _due(now).where(publication.c.id == publication_id)
        if tx.execute(due).first() is None:
            return None
        row = tx.execute(select(publication).where(publication.c.id == publication_id)).one()
        if row.state != "removing" and not is_approved(tx, row.content_id):
            sources = ("queued", "scheduled", "unknown")
            Publication.transition(tx, row.id, sources, "failed", WORKER, WITHDRAWN)
            return None
        claim: dict[str, Any] = {
            "claim_token": secrets.token_hex(16),
            "heartbeat_at": now,
            "attempts": publication.c.attempts + 1,
            "not_before": None,
        }
        if row.state in ("queued", "scheduled"):
            Publication.transition(tx, row.id, (row.state,), "publishing", WORKER, **claim)
        else:
            statement = update(publication).where(publication.c.id == row.id)
            tx.execute(statement.where(publication.c.claim_token.is_(None)).values(claim))
        return tx.execute(select(publication).where(publication.c.id == row.id)).one()


def is_approved(tx: Connection, content_id: int) -> bool:
    """Return whether a text is approved."""
    query = select(Content.status).where(Content.id == content_id)
    return tx.execute(query).scalar() == "approved"


def renew(tx: Connection, row: Row, **values: Any) -> None:
    """Renew a claim and store `values` in one transaction; raise LostClaim if it is lost."""
    held = and_(publication.c.id == row.id, publication.c.claim_token == row.claim_token)
    statement = update(publication).where(held).values({"heartbeat_at": clock.now()} | values)
    if tx.execute(statement).rowcount != 1:
        raise LostClaim


def heartbeat(row: Row) -> AbstractContextManager[None]:
    """Return a context manager that renews the claim every few seconds."""
    return claim_lease.heartbeat("publication heartbeat", partial(renew, row=row))
