"""Actions of people on the inventory of a site: start a reading, cancel it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Row

from igny8 import clock
from igny8.engine.billing.providers import allowed_addresses
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.inventory.addresses import normalize
from igny8.inventory.csv_list import read_address_list
from igny8.models import SitePage, SiteReading
from igny8.models.site_page import ListedAddress
from igny8.models.site_reading import AUTO, LIST, PAGES
from igny8.outbound.addresses import check_url

MAX_PAGES = 50_000  # of a site
WHOLE_EVERY = timedelta(days=30)  # a WordPress site is listed whole so often, else its changes only
OVERLAP = timedelta(hours=1)  # by which a listing of changes reaches back before the last one
WORDPRESS = "wordpress"
RUNNING = "This website is being read already."


def start(site: Row, url: str, by: str, addresses: str = "") -> int:
    """Queue a reading of a website and return its id; with `addresses` only of these pages.

    `addresses` is a text: one address per line, or a CSV. Raises ActionRefused with the remedy.
    """
    home = normalize(url if "://" in url else f"https://{url}") if url.strip() else None
    if home is None:
        raise ActionRefused(
            "Enter the address of the website, such as https://www.example.com.", 422
        )
    try:
        with read_transaction() as tx:
            allowed = allowed_addresses(tx)
        check_url(home, allowed)
        found = read_address_list(addresses, home) if addresses.strip() else []
    except ExternalError as error:
        raise ActionRefused(str(error), 422) from error
    with write_transaction() as tx:
        values = {"source": LIST, "phase": PAGES} if found else {"source": AUTO}
        since = None if found else _since(tx, site.id, home)
        reading_id = SiteReading.queue(
            tx, site.id, url=home, since=since, started_by=by, pages_found=len(found), **values
        )
        if reading_id is None:
            raise ActionRefused(RUNNING)
        if found:
            listed = [ListedAddress(each.address, each.title, each.modified_at) for each in found]
            SitePage.enlist(tx, site.id, reading_id, listed, MAX_PAGES)
    return reading_id


def cancel(site_id: int) -> bool:
    """Cancel the open reading of a site; return False if there is none. What was read is kept."""
    with write_transaction() as tx:
        return SiteReading.cancel(tx, site_id)


def _since(tx: Connection, site_id: int, home: str) -> datetime | None:
    """Return the time since which changed pages are listed; None lists all of them."""
    last = SiteReading.last_done(tx, site_id, home)
    whole = SiteReading.last_done(tx, site_id, home, is_whole=True)
    if last is None or whole is None or last.found_as != WORDPRESS:
        return None
    is_recent = whole.created_at > clock.now() - WHOLE_EVERY
    return last.created_at - OVERLAP if is_recent else None
