"""The first phase of a reading: list the addresses of a site in batches."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select

from igny8.engine.inventory import claims
from igny8.engine.inventory.actions import MAX_PAGES, WORDPRESS
from igny8.engine.inventory.page_steps import values_of
from igny8.engine.inventory.slices import Slice
from igny8.extensions import write_transaction
from igny8.inventory.fetching import MAX_LIST_BYTES, Fetcher, PageError, unpack
from igny8.inventory.listed_page import ListedPage
from igny8.inventory.sitemaps import find_list, list_files
from igny8.inventory.wordpress import WordPressCursor, find_wordpress, list_posts
from igny8.inventory.xml_lists import read_xml_list
from igny8.models import Site, SitePage
from igny8.models.site_page import ListedAddress
from igny8.models.site_reading import PAGES

FILES = "sitemap"  # also a feed
MAX_NOTES = 20
TOO_MANY = f"The site has more than {MAX_PAGES:,} addresses; the others were left out."
Batch = tuple[list[ListedPage], str, dict[str, Any]]  # pages, note, and where to go on


def list_addresses(slice_: Slice, fetcher: Fetcher) -> None:
    """Store the addresses of a site and start the second phase; raise PageError."""
    row = slice_.row
    if not row.found_as:
        found_as, cursor = _find(fetcher, row.url)
        with write_transaction() as tx:
            claims.renew(tx, row, found_as=found_as, cursor=cursor)
        row = slice_.reload()
    for pages, note, cursor in _batches(row, fetcher):
        slice_.check_stop()
        with write_transaction() as tx:
            notes = _store(tx, row, pages, [note] if note else [])
            notes = list(dict.fromkeys([*slice_.row.notes, *notes]))[:MAX_NOTES]
            claims.renew(tx, row, cursor=cursor, notes=notes)
        slice_.has_progress = True
        slice_.reload()
    with write_transaction() as tx:
        claims.renew(tx, row, phase=PAGES, pages_found=_found(tx, row))


def _find(fetcher: Fetcher, url: str) -> tuple[str, dict[str, Any]]:
    """Return the kind of listing that a site offers (WordPress, sitemap, feed) and its address."""
    if urlsplit(url).path != "/":
        try:
            found = fetcher.get(url, MAX_LIST_BYTES)
            next(iter(read_xml_list(unpack(found.body), url)), None)
            return FILES, {"files": [url]}
        except PageError as error:
            if not error.permanent or error.kind == "address":
                raise
    root = find_wordpress(fetcher, url)
    if root is not None:
        return WORDPRESS, {"root": root}
    return FILES, {"files": find_list(fetcher, url)}


def _batches(row: Row, fetcher: Fetcher) -> Iterator[Batch]:
    cursor = row.cursor
    if row.found_as == WORDPRESS:
        start = WordPressCursor(cursor.get("kind", "posts"), cursor.get("page", 1))
        for pages, place in list_posts(fetcher, cursor["root"], row.url, row.since, start):
            yield pages, "", {"root": cursor["root"], "kind": place.kind, "page": place.page}
        return
    for pages, note in list_files(fetcher, cursor["files"], row.url):
        yield pages, note, cursor


def _store(tx: Connection, row: Row, pages: list[ListedPage], notes: list[str]) -> list[str]:
    """Store listed pages, with their text if the listing contains it; return notes about them."""
    listed = [ListedAddress(each.address, each.title, each.modified_at) for each in pages]
    if not SitePage.enlist(tx, row.site_id, row.id, listed, MAX_PAGES):
        notes = [*notes, TOO_MANY]
    language = tx.execute(select(Site.language).where(Site.id == row.site_id)).scalar_one()
    for each in pages:
        if each.facts is not None:
            values = values_of(each.facts, each.address, language)
            SitePage.store(tx, row.site_id, each.address, **values)
    return notes


def _found(tx: Connection, row: Row) -> int:
    return SitePage.count(tx, row.site_id, row.id)
