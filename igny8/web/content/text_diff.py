"""Compare two texts by block and word, for a page that shows the changes."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import Tag

BLOCK_TAGS = ("h2", "h3", "h4", "p", "li", "blockquote", "td", "th", "pre", "figcaption")
WORDS = re.compile(r"\s+|[^\s]+")
MIN_LIKENESS = 0.35  # below it two blocks are shown as one removed and one added


class Block(NamedTuple):
    """A block of a text: its tag and its words."""

    tag: str
    text: str


class DiffLine(NamedTuple):
    """One block of a comparison: its tag, and pieces of ("same" | "removed" | "added", text)."""

    tag: str
    pieces: list[tuple[str, str]]

    @property
    def is_changed(self) -> bool:
        """Return whether anything in the block differs."""
        return any(kind != "same" for kind, _ in self.pieces)


def compare_html(before: str, after: str) -> list[DiffLine]:
    """Return the blocks of both texts in order, with removed and added parts."""
    old, new = _blocks(before), _blocks(after)
    lines: list[DiffLine] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [DiffLine(block.tag, [("same", block.text)]) for block in old[i1:i2]]
        else:
            lines += _changed(old[i1:i2], new[j1:j2])
    return lines


def changed_lines(before: str, after: str) -> list[DiffLine]:
    """Return only the changed blocks."""
    return [line for line in compare_html(before, after) if line.is_changed]


def _changed(old: list[Block], new: list[Block]) -> Iterator[DiffLine]:
    """Yield the lines of replaced blocks: similar ones by word, others as a whole."""
    for at in range(max(len(old), len(new))):
        one = old[at] if at < len(old) else None
        other = new[at] if at < len(new) else None
        if one and other and _likeness(one.text, other.text) >= MIN_LIKENESS:
            yield DiffLine(other.tag, _word_diff(one.text, other.text))
            continue
        if one:
            yield DiffLine(one.tag, [("removed", one.text)])
        if other:
            yield DiffLine(other.tag, [("added", other.text)])


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _word_diff(one: str, other: str) -> list[tuple[str, str]]:
    old, new = WORDS.findall(one), WORDS.findall(other)
    pieces: list[tuple[str, str]] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("removed", "".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(("added", "".join(new[j1:j2])))
    return pieces


def _blocks(html: str) -> list[Block]:
    page = BeautifulSoup(html, "html.parser")
    found = [tag for tag in page.find_all(BLOCK_TAGS) if not tag.find(BLOCK_TAGS)]
    if not found:
        return [Block("p", text)] if (text := _text(page)) else []
    return [Block(tag.name, text) for tag in found if (text := _text(tag))]


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())
