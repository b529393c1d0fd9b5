"""Actions of people on the sources of a site: add a text, a file or a page of the site."""

from pathlib import PurePath

from sqlalchemy import Row

from igny8.engine.billing.providers import allowed_addresses
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.inventory.addresses import is_same_site, normalize, path_of
from igny8.inventory.fetching import MAX_PAGE_BYTES, Fetched, Fetcher
from igny8.inventory.page import read_page
from igny8.models import Site, SiteSource
from igny8.outbound.allowlist import Allowlist
from igny8.sources.child import read_file
from igny8.sources.passages import split_passages

MAX_SOURCES = 100  # of a site
MAX_SOURCE_CHARS = 300_000  # of one: a book of 150 pages
MAX_SITE_CHARS = 2_000_000  # of all of a site, which are searched for each article
MAX_FILE_BYTES = 10 * 1024 * 1024
MIN_SOURCE_CHARS = 20
HTML_TYPES = ("text/html", "application/xhtml+xml")


def add_text(site: Row, title: str, text: str, by: str) -> None:
    """Add a pasted text; raise ActionRefused with the remedy."""
    first_line = text.strip().partition("\n")[0].strip("# \t\r")
    _add(site, "text", title or first_line, "", text, by)


def add_file(site: Row, title: str, name: str, data: bytes, by: str) -> None:
    """Add the text of a file; raise ActionRefused with the remedy."""
    if len(data) > MAX_FILE_BYTES:
        size = f"{len(data) / 2**20:.0f} MB; {MAX_FILE_BYTES >> 20} MB fit"
        raise ActionRefused(f"The file has {size}. Divide it, or paste its text.", 422)
    name = PurePath(name.replace("\\", "/")).name
    _add(site, "file", title or name, "", _read(name, data), by)


def add_page(site: Row, title: str, address: str, by: str) -> None:
    """Add the text of a page of the site; raise ActionRefused with the remedy."""
    home = normalize(site.url) if site.url else None
    if home is None:
        raise ActionRefused(
            "Enter the address of the website under “Site and runs” first: "
            "only pages of your own website can be added.",
            422,
        )
    page = normalize(address if "://" in address else f"https://{address}")
    if page is None or not is_same_site(page, home):
        raise ActionRefused(f"Enter the address of a page of {home}.", 422)
    with read_transaction() as tx:
        allowed = allowed_addresses(tx)
    found = _fetch(home, page, allowed)
    text = _read("page.html", found.text.encode("utf-8", "replace"))
    facts = read_page(found.text, found.address)
    _add(site, "page", title or facts.title or path_of(page), found.address, text, by)


def _fetch(home: str, page: str, allowed: Allowlist) -> Fetched:
    try:
        with Fetcher(home, allowed, _no_pause) as fetcher:
            found = fetcher.get(page)
    except ExternalError as error:
        raise ActionRefused(f"The page could not be read. {error}", 422) from error
    kind = found.content_type.partition(";")[0].strip().casefold()
    if kind and kind not in HTML_TYPES:
        raise ActionRefused(f"This is no web page ({kind}). Upload it as a file instead.", 422)
    if found.is_cut:
        limit = f"{MAX_PAGE_BYTES >> 20} MB"
        raise ActionRefused(f"The page is larger than {limit}. Paste its text instead.", 422)
    return found


def _no_pause(seconds: float) -> None:
    """Do not wait between requests: only one page and robots.txt are fetched."""


def _read(name: str, data: bytes) -> str:
    try:
        return read_file(name, data)
    except ExternalError as error:
        raise ActionRefused(str(error), 422) from error


def _add(site: Row, kind: str, title: str, address: str, text: str, by: str) -> None:
    passages = split_passages(text)
    chars = sum(map(len, passages))
    if chars < MIN_SOURCE_CHARS:
        raise ActionRefused("There is no text in it.", 422)
    if chars > MAX_SOURCE_CHARS:
        raise ActionRefused(
            f"The text has {chars:,} characters; {MAX_SOURCE_CHARS:,} fit. Divide it, or leave "
            "out what articles do not need.",
            422,
        )
    title = " ".join(title.split())
    with write_transaction() as tx:
        Site.lock(tx, site.id)  # parallel additions keep the limits
        count, known = SiteSource.totals(tx, site.id)
        if count >= MAX_SOURCES or known + chars > MAX_SITE_CHARS:
            raise ActionRefused(
                f"A site holds {MAX_SOURCES} sources with {MAX_SITE_CHARS:,} characters at most; "
                f"it has {count} with {known:,}. Remove one first.",
                422,
            )
        if not SiteSource.add(tx, site.id, kind, title, address, passages, by):
            raise ActionRefused("This text is a source already.")
