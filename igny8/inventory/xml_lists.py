"""Read sitemaps, indexes of sitemaps, RSS and Atom feeds element by element.

DTDs and entities are refused and finished elements dropped, so memory does not grow with the file.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, ParseError  # types only # nosec B405

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from igny8.inventory.addresses import normalize
from igny8.inventory.fetching import PageError
from igny8.inventory.listed_page import ListedPage, parse_time

MAX_ENTRIES = 50_000  # of one file, as the sitemap protocol allows
ENTRIES = ("url", "sitemap", "item", "entry")
MAX_TITLE_CHARS = 300


@dataclass(frozen=True, slots=True)
class SitemapReference:
    """A sitemap listed in an index."""

    address: str


def read_xml_list(body: bytes, base: str) -> Iterator[ListedPage | SitemapReference]:
    """Yield the entries of a sitemap, an index or a feed, at most MAX_ENTRIES.

    Raises PageError if the file is none of these, is damaged, or declares entities.
    """
    count, is_known = 0, False
    stack: list[Element] = []
    try:
        for event, element in iterparse(io.BytesIO(body), ("start", "end"), forbid_dtd=True):
            if event == "start":
                is_known = is_known or _name(element) in (
                    "urlset",
                    "sitemapindex",
                    "rss",
                    "feed",
                    "RDF",
                )
                stack.append(element)
                continue
            stack.pop()
            if _name(element) not in ENTRIES:
                continue
            if (found := _entry(element, base)) is not None:
                count += 1
                yield found
            element.clear()
            if stack:
                stack[-1].remove(element)
            if count >= MAX_ENTRIES:
                return
    except ParseError as error:
        raise PageError(f"The file is no valid XML ({error}).") from error
    except DefusedXmlException as error:
        raise PageError(
            "The file declares a document type or entities; it was not read."
        ) from error
    if not is_known:
        raise PageError("The file is no sitemap and no feed.")


def _entry(element: Element, base: str) -> ListedPage | SitemapReference | None:
    facts = {_name(child): child for child in element}
    if _name(element) in ("url", "sitemap"):
        address = normalize(_text(facts.get("loc")), base)
    else:
        address = normalize(_link(element), base)
    if address is None or not (_text(facts.get("loc")) or _link(element)):
        return None
    if _name(element) == "sitemap":
        return SitemapReference(address)
    title = " ".join(_text(facts.get("title")).split())[:MAX_TITLE_CHARS]
    return ListedPage(address, title, _modified(facts))


def _modified(facts: dict[str, Element]) -> datetime | None:
    for name in ("lastmod", "updated", "pubDate", "published", "date"):
        text = _text(facts.get(name))
        if text:
            return parse_time(text) or _mail_time(text)
    return None


def _mail_time(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _link(element: Element) -> str:
    """Return the address of a feed entry: the text of <link>, or the href of the alternate."""
    for child in element:
        if _name(child) == "link" and child.get("rel", "alternate") == "alternate":
            return (child.get("href") or child.text or "").strip()
    return ""


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
