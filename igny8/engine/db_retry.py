"""Retry while the database is unavailable, so that a finished result is not lost."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from igny8 import clock

MAX_WAIT_S = 25.0  # below the 30 s after which a claim without a heartbeat is requeued
RETRY_INTERVAL_S = 0.5
DISK_FULL = (
    "the disk of the database is full: free some space; nothing is lost, and work continues by "
    "itself"
)
DISK_FULL_TEXTS = ("database or disk is full", "no space left on device", "disk full")
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def retry_on_disconnect(call: Callable[[], Result]) -> Result:
    """Call a function and return its result; retry for MAX_WAIT_S while there is no database.

    Settling may be repeated safely: if the connection was lost during COMMIT and the commit took
    effect, the second attempt finds that the token is gone.
    """
    end = clock.monotonic() + MAX_WAIT_S
    while True:
        try:
            return call()
        except OperationalError as error:
            if clock.monotonic() > end:
                raise
            log_database_error(error, "trying again")
            clock.sleep(RETRY_INTERVAL_S)


def log_database_error(error: SQLAlchemyError, consequence: str) -> None:
    """Log that the database did not answer, and the consequence; or that its disk is full.

    Warnings about the same class of error appear at most once per minute (logs.py).
    """
    if is_disk_full(error):
        log.error(DISK_FULL)
    else:
        log.warning("the database did not answer; %s", consequence, exc_info=error)


def is_disk_full(error: SQLAlchemyError) -> bool:
    """Return whether the disk of the database is full, on SQLite or PostgreSQL."""
    message = str(getattr(error, "orig", error)).lower()
    return any(text in message for text in DISK_FULL_TEXTS)
