"""List the addresses of a site by its sitemaps or feeds."""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin

from igny8.inventory.addresses import is_same_site, normalize
from igny8.inventory.fetching import MAX_LIST_BYTES, Fetcher, PageError, unpack
from igny8.inventory.listed_page import ListedPage
from igny8.inventory.xml_lists import SitemapReference, read_xml_list

USUAL_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
USUAL_FEEDS = ("/feed/", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml")
MAX_FILES = 1_000  # sitemaps of a site
BATCH = 500


def find_list(fetcher: Fetcher, home: str) -> list[str]:
    """Return the lists of the site's addresses: its sitemaps, or else a feed.

    Raises PageError naming what was tried.
    """
    named = [place for each in fetcher.sitemaps if (place := normalize(each, home))]
    if named:
        return named
    for path in (*USUAL_PLACES, *USUAL_FEEDS):
        place = urljoin(home, path)
        try:
            next(iter(read_xml_list(_body(fetcher, place), place)), None)
        except PageError as error:
            if not error.permanent or error.kind == "address":
                raise
            continue
        return [place]
    raise PageError(
        "This site has no WordPress REST API, and no sitemap or feed at the usual places. Enter "
        "the address of its sitemap or feed, or paste a list of its addresses."
    )


def list_files(
    fetcher: Fetcher, places: list[str], home: str
) -> Iterator[tuple[list[ListedPage], str]]:
    """Yield the pages of sitemaps and feeds in batches, with notes on what was omitted.

    Indexes are followed; each file is read once. An unreadable sitemap becomes a note; if none can
    be read, its PageError is raised.
    """
    queue, seen = list(dict.fromkeys(places)), set(places)
    has_read, failed = False, None
    while queue:
        place = queue.pop(0)
        try:
            entries = read_xml_list(_body(fetcher, place), place)
            while batch := list(islice(entries, BATCH)):
                for found in batch:
                    is_new = isinstance(found, SitemapReference) and found.address not in seen
                    if is_new and len(seen) < MAX_FILES:
                        seen.add(found.address)
                        queue.append(found.address)
                listed = [each for each in batch if isinstance(each, ListedPage)]
                yield [each for each in listed if is_same_site(each.address, home)], ""
            has_read = True
        except PageError as error:
            if not error.permanent:
                raise
            failed = error
            yield [], f"{place}: {error}"
    if failed is not None and not has_read:
        raise failed


def _body(fetcher: Fetcher, place: str) -> bytes:
    found = fetcher.get(place, MAX_LIST_BYTES)
    if found.is_cut:
        raise PageError(f"The file is larger than {MAX_LIST_BYTES >> 20} MB.")
    return unpack(found.body)
