"""Claim changes of parts: one worker at a time works on one (docs/engine.md#other-claimed-work)."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from igny8 import clock
from igny8.engine.db_retry import log_database_error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import PartChange

change = PartChange.__table__
LEASE_S = 30.0  # a claim without a heartbeat for so long is free again
HEARTBEAT_INTERVAL_S = 3.0
NO_CLAIM: dict[str, Any] = dict.fromkeys(("token", "heartbeat_at"))


class LostClaim(Exception):
    """Another worker has the change by now, or it was removed."""


def claim_next() -> Row | None:
    """Claim the next change that is due; return its row with its token, or None."""
    now = clock.now()
    is_queued = and_(
        change.c.state == "queued",
        or_(change.c.not_before.is_(None), change.c.not_before <= now),
    )
    is_stale = and_(
        change.c.state == "working",
        or_(
            change.c.heartbeat_at < now - timedelta(seconds=LEASE_S),
            change.c.heartbeat_at > now + timedelta(seconds=LEASE_S),  # the clock was set back
        ),
    )
    due = or_(is_queued, is_stale)
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


def settle(claim: Row, state: str, **values: Any) -> None:
    """Give a claim back with a new state; raise LostClaim where it is another worker's by now."""
    ended = {"ended_at": clock.now()} if state == "failed" else {}
    with write_transaction() as tx:
        written = tx.execute(
            update(change)
            .where(change.c.id == claim.id, change.c.token == claim.token)
            .values(state=state, **NO_CLAIM, **ended, **values)
        )
        if written.rowcount != 1:
            raise LostClaim


@contextmanager
def heartbeat(claim: Row) -> Iterator[None]:
    """Renew the claim every few seconds in a thread while the block runs."""
    app_context, ended = current_app.app_context, threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_INTERVAL_S):
            with app_context():
                try:
                    with write_transaction() as tx:
                        held = change.c.id == claim.id, change.c.token == claim.token
                        tx.execute(update(change).where(*held).values(heartbeat_at=clock.now()))
                except SQLAlchemyError as error:
                    log_database_error(error, "the heartbeat is repeated")

    thread = threading.Thread(target=beat, name="change heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
