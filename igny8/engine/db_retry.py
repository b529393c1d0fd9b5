"""Retry while the database does not answer, so that a finished result is not lost."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from igny8 import clock

MAX_WAIT_S = 25.0  # below the 30 s after which a claim without a heartbeat is requeued
RETRY_INTERVAL_S = 0.5
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def retry_on_disconnect(call: Callable[[], Result]) -> Result:
    """Return what the call returns; repeat it for MAX_WAIT_S while the database is unavailable.

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
            log_database_error(log, error, "trying again")
            clock.sleep(RETRY_INTERVAL_S)


def log_database_error(logger: logging.Logger, error: OperationalError, consequence: str) -> None:
    """Log that the database did not answer, and what happens next."""
    logger.warning("the database did not answer; %s", consequence, exc_info=error)
