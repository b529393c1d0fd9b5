"""Claims of work outside runs: publications, part changes, imports, readings, deliveries.

A claim is a random token on a row with a heartbeat; without a heartbeat for LEASE_S the row is free
again (docs/engine.md#other-claimed-work).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Connection, or_
from sqlalchemy.exc import SQLAlchemyError

from igny8.engine.db_retry import log_database_error
from igny8.extensions import write_transaction

LEASE_S = 30.0
HEARTBEAT_INTERVAL_S = 3.0


class LostClaim(Exception):
    """Another worker holds the row by now, or the work has ended or was removed."""


class Cancelled(Exception):
    """Somebody cancelled the work."""


def is_stale(
    heartbeat_at: ColumnElement[datetime], now: datetime, lease_s: float | None = None
) -> ColumnElement[bool]:
    """Return the SQL condition that the last heartbeat is too old, or in the future.

    It is in the future if the clock was set back.
    """
    lease = timedelta(seconds=LEASE_S if lease_s is None else lease_s)
    return or_(heartbeat_at < now - lease, heartbeat_at > now + lease)


@contextmanager
def heartbeat(name: str, renew: Callable[[Connection], None]) -> Iterator[None]:
    """Call `renew` every few seconds in a thread while the block runs, until the claim is lost."""
    app_context, ended = current_app.app_context, threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_INTERVAL_S):
            with app_context():
                if not _renew_once(renew):
                    return

    thread = threading.Thread(target=beat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew_once(renew: Callable[[Connection], None]) -> bool:
    """Return False if the claim is lost; retry while the database does not answer."""
    try:
        with write_transaction() as tx:
            renew(tx)
    except LostClaim:
        return False
    except SQLAlchemyError as error:
        log_database_error(error, "the heartbeat is repeated")
    return True
