"""Claim changes: at most one worker works on each (docs/engine.md#other-claimed-work)."""

import secrets
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, or_, select, update

from igny8 import clock
from igny8.engine import claim_lease
from igny8.engine.claim_lease import LostClaim, is_stale
from igny8.extensions import read_transaction, write_transaction

NO_CLAIM: dict[str, Any] = dict.fromkeys(("token", "heartbeat_at"))


def claim_next(change: Table) -> Row | None:
    """Claim the next change of a table that is due; return its row with its token, or None."""
    now = clock.now()
    is_queued = and_(
        change.c.state == "queued",
        or_(change.c.not_before.is_(None), change.c.not_before <= now),
    )
    is_lost = and_(change.c.state == "working", is_stale(change.c.heartbeat_at, now))
    due = or_(is_queued, is_lost)
    with read_transaction() as tx:
        ids = tx.execute(select(change.c.id).where(due).order_by(change.c.id).limit(10))
        waiting = ids.scalars().all()
    for change_id in waiting:
        with write_transaction() as tx:
            taken = tx.execute(
                update(change)
                .where(change.c.id == change_id, due)
                .values(
                    state="working",
                    token=secrets.token_hex(16),
                    heartbeat_at=now,
                    not_before=None,
                    attempts=change.c.attempts + 1,
                )
                .returning(change)
            ).first()
        if taken is not None:
            return taken
    return None


def settle(change: Table, claim: Row, state: str, **values: Any) -> None:
    """Release a claim with a new state; raise LostClaim if another worker holds it by now."""
    ended = {"ended_at": clock.now()} if state == "failed" else {}
    with write_transaction() as tx:
        written = tx.execute(
            update(change)
            .where(change.c.id == claim.id, change.c.token == claim.token)
            .values(state=state, **NO_CLAIM, **ended, **values)
        )
        if written.rowcount != 1:
            raise LostClaim


def heartbeat(change: Table, claim: Row) -> AbstractContextManager[None]:
    """Return a context manager that renews the claim every few seconds."""
    held = (change.c.id == claim.id) & (change.c.token == claim.token)

    def renew(tx: Connection) -> None:
        tx.execute(update(change).where(held).values(heartbeat_at=clock.now()))

    return claim_lease.heartbeat("change heartbeat", renew)
