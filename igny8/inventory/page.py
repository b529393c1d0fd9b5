"""Extract title, heading, text, links, canonical address, language and noindex from a page."""

import hashlib
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from igny8.inventory.addresses import is_same_site, normalize

MAX_TITLE_CHARS = 300
MAX_TEXT_CHARS = 20_000  # of the visible text that is looked at
MAX_LINKS = 200
MAX_H1_PIECES = 20  # pieces of text in the first heading
MAX_ALTERNATES = 50
MIN_TEXT_CHARS = 200  # a page that says “not found” in its title is one below that
HIDDEN = ("script", "style", "noscript", "template", "svg", "iframe", "form", "nav", "footer")
MAIN = ("main", "article")
READ_ATTRIBUTES = ("html", "meta", "link", "a")
NOT_FOUND = re.compile(
    r"^\W*404\b|\berror 404\b|not found|page (does not|doesn.t) exist|nicht gefunden"
    r"|introuvable|no encontrad[ao]|non trovata|não encontrada|niet gevonden",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Facts of a page; `links` are those within its site, `alternates` language → address.

    `text` is its visible text, at most MAX_TEXT_CHARS; `content_hash` is the hash of its words.
    """

    title: str
    h1: str
    text: str
    content_hash: str
    links: tuple[str, ...] = ()
    canonical: str = ""
    language: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    is_noindex: bool = False

    @property
    def says_not_found(self) -> bool:
        """Return whether a page with status 200 is an error page (a soft 404)."""
        heads = f"{self.title} {self.h1}"
        return bool(NOT_FOUND.search(heads)) and len(self.text) < MIN_TEXT_CHARS * 5


def read_page(html: str, address: str) -> PageFacts:
    """Return the facts of a page at a normalized address."""
    found = _Reader(address)
    found.feed(_without_comments(html))
    found.close()
    text = found.text
    return PageFacts(
        found.words("title"),
        found.words("h1"),
        text,
        hash_of(text),
        tuple(found.links),
        found.canonical,
        found.language.strip().casefold()[:12],
        tuple(found.alternates.items()),
        found.is_noindex,
    )


def read_fragment(html: str, address: str, title: str) -> PageFacts:
    """Return the facts of a post's HTML body from an API, with its title (HTML)."""
    found = read_page(html, address)
    plain = read_page(title, address).text[:MAX_TITLE_CHARS]
    return replace(found, title=plain, h1=plain)


def hash_of(text: str) -> str:
    """Return the hash of the words of a text."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:40]


def _without_comments(html: str) -> str:
    """Return a page without comments and declarations, up to its last complete tag.

    Otherwise the parser would search for the end of each from its beginning, in quadratic time.
    """
    html = html[: html.rfind("<")] if html.rfind("<") > html.rfind(">") else html
    pieces, start = [], 0
    while (at := html.find("<!", start)) >= 0:
        pieces.append(html[start:at])
        end = "-->" if html.startswith("<!--", at) else ">"
        start = html.find(end, at)
        if start < 0:
            return "".join(pieces)
        start += len(end)
    return "".join([*pieces, html[start:]])


class _Reader(HTMLParser):
    """Collects facts in one pass, in time and memory proportional to the page's length."""

    def __init__(self, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self._address = address
        self._open = dict.fromkeys((*HIDDEN, *MAIN, "title", "h1"), 0)
        self._pieces: dict[str, list[str]] = {"title": [], "h1": [], "main": [], "all": []}
        self._lengths = dict.fromkeys(self._pieces, 0)
        self.links: dict[str, None] = {}
        self.alternates: dict[str, str] = {}
        self.canonical = self.language = ""
        self.is_noindex = False

    @property
    def text(self) -> str:
        """Return the visible text, of the main part if the page has one."""
        return self.words("main") or self.words("all")

    def words(self, part: str) -> str:
        """Return the words of a part: title, h1, main or all."""
        return " ".join(" ".join(self._pieces[part]).split())[: _limit(part)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an opened element and read the attributes that describe the page."""
        if tag in self._open:
            self._open[tag] += 1
        if tag not in READ_ATTRIBUTES:
            return
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "html":
            self.language = self.language or values.get("lang", "")
        elif tag == "meta":
            name, content = values.get("name", "").casefold(), values.get("content", "").casefold()
            is_told = any(word in content for word in ("noindex", "none"))
            self.is_noindex = self.is_noindex or (name in ("robots", "googlebot") and is_told)
        elif values.get("href"):
            self._take_address(tag, values)

    def handle_endtag(self, tag: str) -> None:
        """Record the end of an element; surplus end tags are ignored."""
        if self._open.get(tag):
            self._open[tag] -= 1

    def handle_data(self, data: str) -> None:
        """Add a piece of text, unless it is hidden."""
        if self._open["title"] and not self._open["svg"] and not self._pieces["h1"]:
            self._add("title", data)
            return
        if any(self._open[name] for name in HIDDEN):
            return
        if self._open["h1"] == 1 and not self._pieces["h1"][MAX_H1_PIECES:]:
            self._add("h1", data)
        if any(self._open[name] for name in MAIN):
            self._add("main", data)
        self._add("all", data)

    def _take_address(self, tag: str, values: dict[str, str]) -> None:
        target = normalize(values["href"], self._address)
        if target is None:
            return
        if tag == "a":
            is_link = target != self._address and is_same_site(target, self._address)
            if is_link and len(self.links) < MAX_LINKS:
                self.links[target] = None
            return
        kinds = values.get("rel", "").casefold().split()
        if "canonical" in kinds:
            self.canonical = self.canonical or target
        language = values.get("hreflang", "").casefold()[:12]
        if "alternate" in kinds and language and len(self.alternates) < MAX_ALTERNATES:
            self.alternates.setdefault(language, target)

    def _add(self, part: str, data: str) -> None:
        if self._lengths[part] <= _limit(part) and not data.isspace():
            self._pieces[part].append(data)
            self._lengths[part] += len(data) + 1


def _limit(part: str) -> int:
    return MAX_TITLE_CHARS if part in ("title", "h1") else MAX_TEXT_CHARS
