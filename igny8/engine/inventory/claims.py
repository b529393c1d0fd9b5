"""Claim readings: at most one worker works on each, and readings take turns in time slices.

A claim is a random token on the reading's row with a heartbeat. Each page checks the token in its
own transaction, so a worker that was declared dead writes nothing more.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from igny8 import clock
from igny8.engine.claim_lease import Cancelled, LostClaim, is_stale
from igny8.extensions import read_transaction, write_transaction
from igny8.models import SiteReading
from igny8.models.site_reading import OPEN

reading = SiteReading.__table__
LEASE_S = 120.0  # a claim without a heartbeat for so long is free again: longer than one request
MAX_ATTEMPTS = 5  # claims in a row that brought nothing
CRASHED = "Reading stopped its worker {attempts} times in a row, so it was given up."


def claim_next() -> Row | None:
    """Claim the reading that has waited longest; return its row with its new token, or None."""
    now = clock.now()
    with read_transaction() as tx:
        waiting = list(tx.execute(_waiting(now)).scalars())
    for reading_id in waiting:
        with write_transaction() as tx:
            found = tx.execute(
                update(reading)
                .where(reading.c.id == reading_id, _is_free(now))
                .values(
                    claim_token=secrets.token_hex(16),
                    heartbeat_at=clock.now(),
                    attempts=reading.c.attempts + 1,
                )
                .returning(*reading.c)
            ).first()
        if found is not None:
            return found
    return None


def renew(tx: Connection, row: Row, **values: Any) -> None:
    """Renew a claim inside a transaction and write some columns of the reading.

    Raises LostClaim when another worker has it, and Cancelled when somebody cancelled it.
    """
    found = tx.execute(
        update(reading)
        .where(_is_held(row))
        .values(heartbeat_at=clock.now(), **values)
        .returning(reading.c.cancel_requested)
    ).first()
    if found is None:
        raise LostClaim
    if found.cancel_requested:
        raise Cancelled


def release(row: Row, has_progress: bool, wait_s: float = 0.0, error: str = "") -> None:
    """Release a claim until a later slice; a slice without progress counts as an attempt."""
    values: dict[str, Any] = {"not_before": clock.now() + timedelta(seconds=wait_s), "error": error}
    if has_progress:
        values["attempts"] = 0
    with write_transaction() as tx:
        tx.execute(update(reading).where(_is_held(row)).values(claim_token=None, **values))


def end(tx: Connection, row: Row, state: str, error: str = "") -> None:
    """End a reading inside a transaction; do nothing if another worker holds it by now."""
    values = {"state": state, "error": error, "finished_at": clock.now()}
    tx.execute(update(reading).where(_is_held(row)).values(claim_token=None, **values))


def _is_held(row: Row) -> ColumnElement[bool]:
    return and_(
        reading.c.id == row.id, reading.c.claim_token == row.claim_token, reading.c.state == OPEN
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    is_lost = is_stale(reading.c.heartbeat_at, now, LEASE_S)
    is_due = or_(
        reading.c.not_before.is_(None),
        reading.c.not_before <= now,
        reading.c.cancel_requested.is_(True),
    )
    is_unclaimed = reading.c.claim_token.is_(None)
    return and_(reading.c.state == OPEN, is_unclaimed | is_lost, is_due)


def _waiting(now: datetime) -> Select:
    query = select(reading.c.id).where(_is_free(now))
    return query.order_by(reading.c.heartbeat_at.asc().nulls_first(), reading.c.id).limit(20)
