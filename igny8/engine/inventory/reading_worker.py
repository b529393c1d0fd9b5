"""Carry out readings in time slices: list the addresses of a site, then read its pages."""

import logging
from collections.abc import Callable

from sqlalchemy import Row

from igny8 import clock
from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.claim_lease import Cancelled, LostClaim
from igny8.engine.inventory import claims
from igny8.engine.inventory.coverage import compare
from igny8.engine.inventory.listing import list_addresses
from igny8.engine.inventory.page_steps import read_pages
from igny8.engine.inventory.slices import Slice, Stopped
from igny8.engine.work.retry_backoff import retry_delay
from igny8.engine.work.tools import load_builtin_provider
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.inventory.fetching import Fetcher
from igny8.models import Coverage, SitePage
from igny8.models.site_reading import ADDRESSES, AUTO, COVERAGE, PAGES

SLICE_S = 30.0  # after which other readings have their turn
PAUSE_STEP_S = 0.5
RENEWAL_S = 5.0  # between heartbeats of a comparison
log = logging.getLogger(__name__)
Pause = Callable[[float], None]


def read_next(should_stop: Callable[[], bool] = lambda: False, pause: Pause | None = None) -> bool:
    """Work on one reading for a time slice; return whether one was found.

    `should_stop` is called between requests; `pause(seconds)` waits between two requests.
    """
    row = claims.claim_next()
    if row is None:
        return False
    slice_ = Slice(row, should_stop, clock.monotonic() + SLICE_S)
    try:
        if row.cancel_requested:
            raise Cancelled
        if row.attempts > claims.MAX_ATTEMPTS:
            _end(row, "failed", row.error or claims.CRASHED.format(attempts=claims.MAX_ATTEMPTS))
            return True
        _work(slice_, pause or _pause(should_stop))
    except LostClaim:
        log.warning("site_reading_claim_lost", extra={"reading_id": row.id})
    except Cancelled:
        _end(row, "cancelled")
    except Stopped:
        claims.release(row, has_progress=True)
    except ExternalError as error:
        _settle_error(slice_, error)
    except Exception as bug:  # a bug ends the reading, not the worker
        log.exception("reading %s failed", row.id)
        _end(row, "failed", f"internal error: {type(bug).__name__}: {bug}"[:500])
    return True


def _work(slice_: Slice, pause: Pause) -> None:
    """Carry out the remaining phases until the slice ends."""
    row = slice_.row
    with read_transaction() as tx:
        allowed = allowed_addresses(tx)
    with Fetcher(row.url, allowed, pause) as fetcher:
        if row.phase == ADDRESSES:
            list_addresses(slice_, fetcher)
            row = slice_.reload()
        if row.phase == PAGES and not read_pages(slice_, fetcher):
            claims.release(row, has_progress=True)
            return
    with write_transaction() as tx:
        claims.renew(tx, row, phase=COVERAGE)
        if row.source == AUTO and row.since is None:
            SitePage.mark_gone(tx, row.site_id, row.id)
    found = compare(load_builtin_provider(), row.site_id, _keep_claim(row))
    with write_transaction() as tx:
        claims.renew(tx, row)
        Coverage.replace(tx, row.site_id, found)
        claims.end(tx, row, "done")


def _keep_claim(row: Row) -> Callable[[float], None]:
    """Return a callback that renews the claim while the comparison reports progress."""
    renewed_at = clock.monotonic()

    def report(_: float) -> None:
        nonlocal renewed_at
        if clock.monotonic() - renewed_at > RENEWAL_S:
            renewed_at = clock.monotonic()
            with write_transaction() as tx:
                claims.renew(tx, row)

    return report


def _settle_error(slice_: Slice, error: ExternalError) -> None:
    """Reschedule a reading after a temporary error, or mark it as failed."""
    row = slice_.row
    if error.permanent or (row.attempts >= claims.MAX_ATTEMPTS and not slice_.has_progress):
        _end(row, "failed", str(error))
        return
    wait_s = retry_delay(row.attempts, error.retry_after)
    claims.release(row, slice_.has_progress, wait_s, str(error))


def _end(row: Row, state: str, error: str = "") -> None:
    with write_transaction() as tx:
        claims.end(tx, row, state, error)


def _pause(should_stop: Callable[[], bool]) -> Pause:
    """Return a sleep function that ends early when the worker stops."""

    def pause(seconds: float) -> None:
        ends_at = clock.monotonic() + seconds
        while (left := ends_at - clock.monotonic()) > 0 and not should_stop():
            clock.sleep(min(left, PAUSE_STEP_S))

    return pause
