"""Claim imports: at most one worker per import and one import per site at a time.

A claim is a random token on the import's row with a heartbeat. Every batch checks the token in its
own transaction, so a worker that was declared dead writes nothing more
(docs/imports.md#what-happens-to-an-import).
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select, update

from igny8 import clock
from igny8.engine import claim_lease
from igny8.engine.claim_lease import Cancelled, LostClaim, is_stale
from igny8.extensions import read_transaction, write_transaction
from igny8.models import KeywordImport, Site

import_table = KeywordImport.__table__
MAX_ATTEMPTS = 3  # claims that ended without a result before the import is given up
CRASHED = (
    "This import crashed its worker {attempts} times and was stopped. Nothing was imported. "
    "Split the file into smaller ones, or send it to whoever runs the server."
)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return import_table.c.claim_token.is_(None) | is_stale(import_table.c.heartbeat_at, now)


def claim_next(max_rows: int | None = None) -> Row | None:
    """Claim the oldest confirmed import that is not claimed; return its row, or None.

    With `max_rows`, skip larger imports.
    """
    now = clock.now()
    with read_transaction() as tx:
        waiting = tx.execute(_waiting(now, max_rows)).all()
    for import_id, site_id in waiting:
        if (row := _claim(import_id, site_id)) is not None:
            return row
    return None


def has_waiting() -> bool:
    """Return whether a confirmed import waits for a worker."""
    with read_transaction() as tx:
        return tx.execute(_waiting(clock.now(), None).limit(1)).first() is not None


def _waiting(now: datetime, max_rows: int | None) -> Select:
    others = import_table.alias()
    site_is_busy = (
        select(others.c.id)
        .where(
            others.c.site_id == import_table.c.site_id,
            others.c.id != import_table.c.id,
            others.c.state == "queued",
            others.c.claim_token.is_not(None),
            others.c.heartbeat_at >= now - timedelta(seconds=claim_lease.LEASE_S),
        )
        .exists()
    )
    query = (
        select(import_table.c.id, import_table.c.site_id)
        .where(import_table.c.state == "queued", _is_free(now), ~site_is_busy)
        .order_by(import_table.c.id)
        .limit(20)
    )
    return query if max_rows is None else query.where(import_table.c.rows_total <= max_rows)


def _claim(import_id: int, site_id: int) -> Row | None:
    with write_transaction() as tx:
        tx.execute(select(Site.id).where(Site.id == site_id).with_for_update())
        now = clock.now()
        ids = [row.id for row in tx.execute(_waiting(now, None)).all()]
        if import_id not in ids:
            return None
        tx.execute(
            update(import_table)
            .where(import_table.c.id == import_id)
            .values(
                claim_token=secrets.token_hex(16),
                heartbeat_at=now,
                attempts=import_table.c.attempts + 1,
            )
        )
        return tx.execute(select(import_table).where(import_table.c.id == import_id)).one()


def renew_claim(tx: Connection, row: Row, **values: Any) -> None:
    """Renew this worker's claim of an import and store `values` in it, in one transaction.

    Raises LostClaim when another worker holds it, Cancelled when a person cancelled the import.
    """
    held = and_(
        import_table.c.id == row.id,
        import_table.c.claim_token == row.claim_token,
        import_table.c.state == "queued",
    )
    found = tx.execute(
        update(import_table)
        .where(held)
        .values(heartbeat_at=clock.now(), **values)
        .returning(import_table.c.cancel_requested)
    ).first()
    if found is None:
        raise LostClaim
    if found.cancel_requested:
        raise Cancelled


def release(row: Row, is_failed: bool = False) -> None:
    """Release a claim before the import has ended, for example when the worker stops.

    A failed claim counts as an attempt.
    """
    with write_transaction() as tx:
        tx.execute(
            update(import_table)
            .where(import_table.c.id == row.id, import_table.c.claim_token == row.claim_token)
            .values(
                claim_token=None,
                heartbeat_at=None,
                attempts=import_table.c.attempts - (0 if is_failed else 1),
            )
        )
