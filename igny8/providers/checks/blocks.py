"""Split an article into blocks: headings, paragraphs, list items and cells."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, NavigableString, PageElement, Tag

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = (*HEADINGS, "p", "li", "blockquote", "td", "th", "figcaption", "dd", "dt")
CODE = ("code", "pre", "kbd", "samp")
MAX_QUOTE_CHARS = 70
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[¿¡]?[^\W_a-z])|(?<=[。！？])")
# After these a full stop ends no sentence.
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|dr|mr|mrs|ms|prof|st|fig|z\.\s?B|bzw|ca|d\.\s?h|usw|p\.\s?ex|"
    r"bijv|resp)|\b[A-Z]|^\d{1,2})\.$",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `tag`, its text, its links' text, and the H2 and heading above it.

    Code in it is replaced by "▪". `is_label` means that all of it is emphasised: a note or a list
    heading.
    """

    tag: str
    text: str
    section: str = ""
    heading: str = ""
    link_text: str = ""
    is_label: bool = False
    sentences: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_heading(self) -> bool:
        """Return whether the block is a heading."""
        return self.tag in HEADINGS

    @property
    def place(self) -> str:
        """Return a description of the block's position."""
        return f"below “{quote(self.heading)}”" if self.heading else "in the opening"


def read_blocks(page: BeautifulSoup) -> tuple[Block, ...]:
    """Return the innermost blocks of a page in order."""
    blocks: list[Block] = []
    section = heading = ""
    for tag in page.find_all(BLOCKS):
        if tag.find(BLOCKS) is not None and tag.name != "li":
            continue
        text = _own_text(tag)
        if tag.name in HEADINGS:
            heading = text
            section = text if tag.name in ("h1", "h2") else section
        links = " ".join(_plain(a.get_text(" ")) for a in tag.find_all("a"))
        emphasised = tag.find(["em", "i", "strong", "b"])
        is_label = emphasised is not None and _plain(emphasised.get_text(" ")) == text
        blocks.append(
            Block(tag.name, text, section, heading, links, is_label, split_sentences(text))
        )
    return tuple(blocks)


def _own_text(tag: Tag) -> str:
    """Return the text of a tag without nested lists, with a placeholder for code."""
    parts: list[str] = []
    for node in tag.descendants:
        if isinstance(node, Tag) and node.name in CODE and not _is_below(node, tag):
            parts.append("▪")
        elif isinstance(node, Tag) and node.name == "br":
            parts.append(" ")
        elif isinstance(node, NavigableString) and not _is_below(node, tag):
            parts.append(str(node))
    return _plain("".join(parts))


def _is_below(node: PageElement, root: Tag) -> bool:
    """Return whether a node is inside code, or a nested list or table, below a tag."""
    for parent in node.parents:
        if parent is root:
            return False
        if parent.name in CODE or parent.name in ("ul", "ol", "table"):
            return True
    return False


def _plain(text: str) -> str:
    return " ".join(text.split())


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text; abbreviations and list numbers do not end one."""
    sentences: list[str] = []
    for part in SENTENCE_END.split(text):
        if sentences and ABBREVIATION.search(sentences[-1]):
            sentences[-1] += f" {part}"
        elif part.strip():
            sentences.append(part.strip())
    return tuple(sentences)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    return tuple(word.casefold() for word in WORD.findall(text))


def quote(text: str) -> str:
    """Return a text, shortened for quoting in a finding."""
    text = " ".join(text.split())
    if len(text) <= MAX_QUOTE_CHARS:
        return text
    cut = text[:MAX_QUOTE_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:.–-")
    return (cut if len(cut) > MAX_QUOTE_CHARS // 2 else text[:MAX_QUOTE_CHARS]) + "…"


def prose(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks of running text: without headings, cells and labels."""
    return [b for b in blocks if b.tag in ("p", "li", "blockquote", "dd") and not b.is_label]
