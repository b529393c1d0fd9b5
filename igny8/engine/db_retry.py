"""Wait out a database that does not answer for a moment, so that a result in hand is not lost."""

import logging

from sqlalchemy.exc import OperationalError

from igny8 import clock

MAX_WAIT_S, RETRY_INTERVAL_S = (
    25.0,
    0.5,
)  # seconds: below the 30 s after which a claim that does not beat is given back
log = logging.getLogger(__name__)


def retry_on_disconnect(call):
    """Return what the call returns; while the database does not answer, try again for a while.

    A result is settled again with the same token: where the connection was lost in the COMMIT and
    the first one holds after all, the second is fenced.
    """
    end = clock.monotonic() + MAX_WAIT_S
    while True:
        try:
            return call()
        except OperationalError:
            if clock.monotonic() > end:
                raise
            log.warning("the database did not answer; trying again", exc_info=True)
            clock.sleep(RETRY_INTERVAL_S)
