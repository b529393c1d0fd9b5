"""Check the citation marks of a text, such as [2], against the cited passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bs4 import BeautifulSoup, NavigableString, Tag

from igny8.providers.base import Check, Citation
from igny8.providers.checks.blocks import BLOCKS, quote, split_sentences
from igny8.providers.checks.keyword_use import stems_of
from igny8.providers.checks.numbers import known_numbers, stated_numbers

MARK = re.compile(r"\[(\d{1,3})\]")
# Characters of no script stand for a mark while sentences are told apart.
BEGIN, END = "\ue000", "\ue001"
TOKENS = re.compile(rf"((?:\s*{BEGIN}\d+{END})+)")
TOKEN = re.compile(rf"{BEGIN}(\d+){END}")
MIN_WORDS = 2
MIN_SHARE_OF_WORDS = 0.6  # of a statement without a number
TELLING_CHARS = 3  # shorter words tell nothing, but in scripts of one character per word
HEADINGS = {
    "en": "Sources",
    "de": "Quellen",
    "fr": "Sources",
    "es": "Fuentes",
    "it": "Fonti",
    "pt": "Fontes",
    "nl": "Bronnen",
    "sv": "Källor",
    "da": "Kilder",
    "no": "Kilder",
    "fi": "Lähteet",
    "pl": "Źródła",
    "cs": "Zdroje",
    "ja": "出典",
    "zh": "来源",
    "ko": "출처",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation mark of a page: its tag, its number, and the statement it supports."""

    tag: Tag
    number: int
    statement: str

    def cited(self, citations: Sequence[Citation]) -> Citation | None:
        """Return the source with its number, or None."""
        return citations[self.number - 1] if 1 <= self.number <= len(citations) else None

    def holds(self, citations: Sequence[Citation], language: str) -> bool:
        """Return whether a passage of its source supports the statement."""
        cited = self.cited(citations)
        return cited is not None and is_supported(self.statement, cited.passages, language)


def is_supported(statement: str, passages: Sequence[str], language: str) -> bool:
    """Return whether passages contain all numbers of a statement, or else most of its words."""
    text = "\n".join(passages)
    numbers = stated_numbers(statement)
    if numbers:
        return numbers <= known_numbers(text)
    wanted = _telling(statement, language)
    shared = wanted & _telling(text, language)
    return len(shared) >= MIN_WORDS and len(shared) >= MIN_SHARE_OF_WORDS * len(wanted)


def read_marks(page: BeautifulSoup) -> list[Mark]:
    """Return the citation marks of a page in order."""
    by_block: dict[int, tuple[Tag, list[Tag]]] = {}
    for tag in page.find_all("sup"):
        if MARK.fullmatch(tag.get_text(strip=True)):
            block = (tag.find_parents(BLOCKS) or [page])[-1]
            by_block.setdefault(id(block), (block, []))[1].append(tag)
    return [mark for block, tags in by_block.values() for mark in _marks_of(block, tags)]


def check_citations(page: BeautifulSoup, citations: Sequence[Citation], language: str) -> Check:
    """Check that each citation mark is supported by the passages of its source."""
    marks = read_marks(page)
    loose = [mark for mark in marks if not mark.holds(citations, language)]
    if loose:
        first = loose[0]
        return Check(
            False,
            f"{len(loose)} of {len(marks)} citations do not stand in their source, first "
            f"[{first.number}]: “{quote(first.statement)}”. Correct the statement, or take the "
            "mark out.",
        )
    return Check(True, f"{len(marks)} citations stand in their sources" if marks else "No citation")


def source_heading(language: str) -> str:
    """Return the heading of the list of sources below an article."""
    return HEADINGS.get(language.partition("-")[0].casefold(), HEADINGS["en"])


def without_source_list(page: BeautifulSoup) -> BeautifulSoup:
    """Remove the source list at the end of a page and return the page."""
    headings = page.find_all("h2")
    if headings and headings[-1].get_text(strip=True) in HEADINGS.values():
        rest = [node for node in headings[-1].next_siblings if isinstance(node, Tag)]
        if [node.name for node in rest] == ["ol"]:
            rest[0].decompose()
            headings[-1].decompose()
    return page


def _marks_of(block: Tag, tags: list[Tag]) -> list[Mark]:
    """Return the marks of a block: each supports its sentence, from the previous mark on."""
    statements = [
        (int(number), statement)
        for sentence in split_sentences(_text(block, tags))
        for numbers, statement in _statements(sentence)
        for number in numbers
    ]
    return [Mark(tag, *found) for tag, found in zip(tags, statements, strict=True)]


def _statements(sentence: str) -> list[tuple[list[str], str]]:
    """Return (numbers, statement) of the marks of a sentence; its end belongs to the last one."""
    pieces = TOKENS.split(sentence)
    found = [
        (TOKEN.findall(marks), text) for text, marks in zip(pieces[::2], pieces[1::2], strict=False)
    ]
    if found:
        found[-1] = (found[-1][0], found[-1][1] + pieces[-1])
    return found


def _text(block: Tag, tags: list[Tag]) -> str:
    """Return the text of a block with its marks as tokens."""
    marks = {id(tag) for tag in tags}
    parts: list[str] = []
    for node in block.descendants:
        if id(node) in marks:
            parts.append(MARK.sub(rf"{BEGIN}\1{END}", node.get_text(strip=True)))
        elif isinstance(node, NavigableString) and not marks & {id(p) for p in node.parents}:
            parts.append(TOKEN.sub("", str(node)))
        elif isinstance(node, Tag) and node.name in (*BLOCKS, "br"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def _telling(text: str, language: str) -> set[str]:
    return {
        stem
        for stem in stems_of(text, language)
        if len(stem) >= TELLING_CHARS or not stem.isascii()
    }
