"""Split the HTML of an article into its parts, and replace a changed part."""

from collections.abc import Sequence
from dataclasses import dataclass

from bs4 import BeautifulSoup

PART_TAG = "h2"


@dataclass(frozen=True, slots=True)
class ArticlePart:
    """A part of an article: its number, its heading (empty for the introduction) and its HTML."""

    number: int
    heading: str
    html: str

    @property
    def text(self) -> str:
        """Return the text without tags, with collapsed white space."""
        return plain_text(self.html)


def split_parts(html: str) -> list[ArticlePart]:
    """Return the introduction (number 0) and one part per second-level heading, in order.

    The concatenated HTML of the parts is that of the article.
    """
    found: list[list[str]] = [[]]
    headings = [""]
    for node in BeautifulSoup(html, "html.parser").children:
        if getattr(node, "name", None) == PART_TAG:
            found.append([])
            headings.append(" ".join(node.get_text(" ").split()))
        found[-1].append(_source(node))
    return [
        ArticlePart(number, heading, "".join(pieces))
        for number, (heading, pieces) in enumerate(zip(headings, found, strict=True))
    ]


def replace_part(html: str, before: str, after: str) -> str | None:
    """Return the HTML with the part `before` replaced; None if it does not exist."""
    parts = [part.html for part in split_parts(html)]
    if parts.count(before) != 1:
        return None
    parts[parts.index(before)] = after
    return "".join(parts)


def part_with(parts: Sequence[ArticlePart], text: str) -> ArticlePart | None:
    """Return the part that contains a text, ignoring white space and case, or None."""
    wanted = " ".join(text.split()).casefold()
    return next((part for part in parts if wanted and wanted in part.text.casefold()), None)


def plain_text(html: str) -> str:
    """Return the text of HTML without tags, with collapsed white space."""
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def _source(node: object) -> str:
    """Return a top-level node as HTML in the format of bs4 documents."""
    decode = getattr(node, "decode", None)
    if decode is not None:
        return str(decode(formatter="minimal"))
    return str(getattr(node, "output_ready", lambda formatter: node)("minimal"))
