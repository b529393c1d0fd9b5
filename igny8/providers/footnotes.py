"""Turn the citations of a text into numbered footnotes; remove unsupported ones."""

from collections.abc import Sequence
from html import escape

from bs4 import BeautifulSoup

from igny8.providers.base import Citation
from igny8.providers.checks.citations import (
    Mark,
    read_marks,
    source_heading,
    without_source_list,
)
from igny8.sanitising import clean


def settle_citations(
    html: str, citations: Sequence[Citation], language: str
) -> tuple[str, tuple[Citation, ...]]:
    """Return a text with its footnotes, and its cited sources in the order of first use.

    A mark whose statement is not supported by the passages of its source is removed. The others are
    renumbered, and the sources listed at the end.
    """
    page = without_source_list(BeautifulSoup(html, "html.parser"))
    kept: dict[tuple[str, str], tuple[str, ...]] = {}
    previous: Mark | None = None
    for mark in read_marks(page):
        cited = mark.cited(citations)
        if cited is None or not mark.holds(citations, language):
            mark.tag.decompose()
            continue
        key = (cited.title, cited.address)
        kept[key] = tuple(dict.fromkeys((*kept.get(key, ()), *cited.passages)))
        _number(mark, list(kept).index(key) + 1, cited)
        if previous is not None and _repeats(previous, mark):
            mark.tag.decompose()
            continue
        previous = mark
    found = tuple(Citation(*key, passages) for key, passages in kept.items())
    return clean(str(page) + _source_list(found, language)), found


def drop_loose_marks(html: str, citations: Sequence[Citation], language: str) -> str:
    """Return a part of a text without the marks that their sources do not support."""
    page = BeautifulSoup(html, "html.parser")
    loose = [mark for mark in read_marks(page) if not mark.holds(citations, language)]
    for mark in loose:
        mark.tag.decompose()
    return clean(str(page)) if loose else html


def _number(mark: Mark, number: int, cited: Citation) -> None:
    """Write the number of a source into its mark, as a link if the source has an address."""
    mark.tag.clear()
    text = f"[{number}]"
    if not cited.address:
        mark.tag.string = text
        return
    link = BeautifulSoup("", "html.parser").new_tag("a", href=cited.address, title=cited.title)
    link.string = text
    mark.tag.append(link)


def _repeats(before: Mark, mark: Mark) -> bool:
    """Return whether a mark directly follows one of the same source."""
    return mark.tag.previous_sibling is before.tag and mark.tag.get_text() == before.tag.get_text()


def _source_list(citations: Sequence[Citation], language: str) -> str:
    if not citations:
        return ""
    items = "".join(f"<li>{_entry(citation)}</li>" for citation in citations)
    return f"<h2>{source_heading(language)}</h2><ol>{items}</ol>"


def _entry(citation: Citation) -> str:
    title = escape(citation.title)
    return f'<a href="{escape(citation.address)}">{title}</a>' if citation.address else title
