"""The second phase of a reading: fetch the pending pages one by one."""

import secrets
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import Connection, Row, select

from igny8.engine.fault_injection import fault_point
from igny8.engine.inventory import claims
from igny8.engine.inventory.actions import MAX_PAGES
from igny8.engine.inventory.slices import Slice
from igny8.extensions import write_transaction
from igny8.inventory.addresses import is_same_site, path_of
from igny8.inventory.fetching import MAX_PAGE_BYTES, Fetched, Fetcher, PageError
from igny8.inventory.page import MIN_TEXT_CHARS, PageFacts, read_page
from igny8.models import Site, SitePage
from igny8.models.site_page import FAILED, MAX_TEXT_CHARS, READ, SKIPPED, ListedAddress

page = SitePage.__table__
MAX_FAILURES = 5  # in a row, before the site is left alone for a while
HTML_TYPES = ("text/html", "application/xhtml+xml")
SOFT_404 = "It answers 200, but says that there is no such page."


def read_pages(slice_: Slice, fetcher: Fetcher) -> bool:
    """Fetch the pending pages; return False if the time slice ends before the last one.

    Raises PageError when the site asks to wait or stops answering.
    """
    row, failures = slice_.row, 0
    probe = _probe(slice_, fetcher)
    while True:
        slice_.check_stop()
        if slice_.is_over:
            return False
        with write_transaction() as tx:
            claims.renew(tx, row)
            waiting = SitePage.next_waiting(tx, row.site_id, row.id)
        if waiting is None:
            return True
        fault_point("page_claimed")
        try:
            found = fetcher.get(waiting.address)
        except PageError as error:
            _store_error(row, waiting, error)
            failures = 0 if error.permanent else failures + 1
            if error.kind == "rate_limit" or failures >= MAX_FAILURES:
                raise
            slice_.has_progress = slice_.has_progress or error.permanent
            continue
        failures, slice_.has_progress = 0, True
        fault_point("page_fetched")
        with write_transaction() as tx:
            claims.renew(tx, row)
            _store_page(tx, row, waiting, found, probe)
        fault_point("page_stored")


def values_of(facts: PageFacts, address: str, language: str) -> dict[str, Any]:
    """Return the columns of a page from its facts: whether it is one of the site's, or why not.

    `language` is that of the site.
    """
    values = {
        "title": facts.title,
        "h1": facts.h1,
        "text": facts.text[:MAX_TEXT_CHARS],
        "content_hash": facts.content_hash,
        "canonical": facts.canonical,
        "language": facts.language,
        "alternates": dict(facts.alternates),
        "links": list(facts.links),
    }
    state, reason = READ, ""
    if facts.says_not_found:
        state, reason = FAILED, SOFT_404
    elif facts.canonical and facts.canonical != address:
        state, reason = SKIPPED, f"Its canonical address is {facts.canonical}"
    elif facts.is_noindex:
        reason = "It tells search engines not to index it (noindex)."
    elif facts.language and not _is_language(facts.language, language):
        reason = f"It is in another language ({facts.language})."
    return values | {"state": state, "reason": reason, "counts": state == READ and not reason}


def _store_page(tx: Connection, row: Row, waiting: Row, found: Fetched, probe: str) -> None:
    language = tx.execute(select(Site.language).where(Site.id == row.site_id)).scalar_one_or_none()
    kind = found.content_type.partition(";")[0].strip().casefold()
    if found.address != waiting.address:
        values = {"state": SKIPPED, "reason": f"It redirects to {found.address}", "counts": False}
        _enlist(tx, row, found.address)
    elif kind and kind not in HTML_TYPES:
        values = {"state": SKIPPED, "reason": f"It is no web page ({kind}).", "counts": False}
    else:
        facts = read_page(found.text, waiting.address)
        values = values_of(facts, waiting.address, language or "")
        if facts.canonical and is_same_site(facts.canonical, row.url):
            _enlist(tx, row, facts.canonical)
        if values["counts"]:
            values |= _doubts(tx, row, waiting, facts, probe, found.is_cut)
    SitePage.store(tx, row.site_id, waiting.address, **values)


def _doubts(
    tx: Connection, row: Row, waiting: Row, facts: PageFacts, probe: str, is_cut: bool
) -> dict[str, Any]:
    """Return the columns to change if a page is not one of the site's own or was cut short."""
    if facts.content_hash == probe:
        return {"state": FAILED, "reason": SOFT_404, "counts": False}
    if len(facts.text) >= MIN_TEXT_CHARS:
        twin = tx.execute(
            select(page.c.address).where(
                page.c.site_id == row.site_id,
                page.c.content_hash == facts.content_hash,
                page.c.counts.is_(True),
                page.c.id != waiting.id,
            )
        ).scalar()
        if twin:
            reason = f"It has the same text as {path_of(twin)}."
            return {"state": SKIPPED, "reason": reason, "counts": False}
    return {"reason": f"Only its first {MAX_PAGE_BYTES >> 20} MB were read."} if is_cut else {}


def _store_error(row: Row, waiting: Row, error: PageError) -> None:
    """Store why a page was not read; after a temporary error it is tried again later."""
    values: dict[str, Any] = {"reason": str(error)}
    if error.permanent:
        is_choice = error.kind in ("robots", "elsewhere")
        values |= {"state": SKIPPED if is_choice else FAILED, "counts": False}
    elif error.kind == "rate_limit":
        values["attempts"] = waiting.attempts
    with write_transaction() as tx:
        claims.renew(tx, row)
        SitePage.store(tx, row.site_id, waiting.address, **values)


def _enlist(tx: Connection, row: Row, address: str) -> None:
    SitePage.enlist(tx, row.site_id, row.id, [ListedAddress(address, "", None)], MAX_PAGES)


def _probe(slice_: Slice, fetcher: Fetcher) -> str:
    """Return the hash of the page that a site serves with 200 for a missing address, or "".

    Pages with the same text are soft 404s. The request is sent once per reading.
    """
    cursor = slice_.row.cursor or {}
    if "probe" in cursor:
        return str(cursor["probe"])
    probe = ""
    try:
        address = urljoin(slice_.row.url, f"/igny8-{secrets.token_hex(8)}")
        found = fetcher.get(address)
        if found.address == address:
            probe = read_page(found.text, address).content_hash
    except PageError as error:
        if not error.permanent:
            raise
    with write_transaction() as tx:
        claims.renew(tx, slice_.row, cursor=cursor | {"probe": probe})
    return probe


def _is_language(found: str, language: str) -> bool:
    return not language or found.partition("-")[0] == language.casefold().partition("-")[0]
