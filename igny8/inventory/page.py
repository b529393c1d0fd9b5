"""Read a page: title, heading, visible text, links, canonical address, language, noindex."""

import hashlib
import re
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import Comment, Tag

from igny8.inventory.addresses import is_same_site, normalize

MAX_TITLE_CHARS = 300
MAX_TEXT_CHARS = 20_000  # of the visible text that is looked at
MAX_LINKS = 200
MAX_DEPTH = 400  # of nested elements; deeper pages are not parsed
MAX_ALTERNATES = 50
MIN_TEXT_CHARS = 200  # a page that says “not found” in its title is one below that
HIDDEN = ("script", "style", "noscript", "template", "svg", "iframe", "form", "nav", "footer")
NOT_FOUND = re.compile(
    r"\b404\b|not found|page (does not|doesn.t) exist|nicht gefunden|introuvable|no encontrad[ao]"
    r"|non trovata|não encontrada|niet gevonden",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says; `links` are those to its own site, `alternates` language → address.

    `text` is its visible text, at most MAX_TEXT_CHARS; `content_hash` that of the words of it.
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
        """Return whether a page that answered 200 tells that there is none (a soft 404)."""
        heads = f"{self.title} {self.h1}"
        return bool(NOT_FOUND.search(heads)) and len(self.text) < MIN_TEXT_CHARS * 5


def read_page(html: str, address: str) -> PageFacts:
    """Return the facts of a page at a normalized address."""
    soup = BeautifulSoup(html if _is_shallow(html) else "", "html.parser")
    canonical = soup.find("link", rel="canonical", href=True)
    root = soup.find("html")
    language = str(root.get("lang", "")) if isinstance(root, Tag) else ""
    facts = {
        "title": _words(soup.find("title")),
        "h1": _words(soup.find("h1")),
        "links": tuple(_links(soup, address)),
        "canonical": _target(canonical, address),
        "language": language.strip().casefold()[:12],
        "alternates": tuple(_alternates(soup, address)),
        "is_noindex": _is_noindex(soup),
    }
    text = visible_text(soup)
    return PageFacts(text=text, content_hash=hash_of(text), **facts)


def read_fragment(html: str, address: str, title: str) -> PageFacts:
    """Return the facts of the body of a post that an API gave, with its title."""
    soup = BeautifulSoup(html if _is_shallow(html) else "", "html.parser")
    text = visible_text(soup)
    plain = " ".join(BeautifulSoup(title, "html.parser").get_text().split())[:MAX_TITLE_CHARS]
    return PageFacts(plain, plain, text, hash_of(text), tuple(_links(soup, address)))


def visible_text(soup: BeautifulSoup) -> str:
    """Return the words of a page that a reader sees, of its main part where it has one."""
    for hidden in soup.find_all(HIDDEN):
        hidden.extract()
    main = soup.find("main") or soup.find("article") or soup.find("body") or soup
    pieces, length = [], 0
    for piece in main.find_all(string=True):
        if isinstance(piece, Comment) or not (words := " ".join(piece.split())):
            continue
        pieces.append(words)
        length += len(words) + 1
        if length > MAX_TEXT_CHARS:
            break
    return " ".join(pieces)[:MAX_TEXT_CHARS]


def hash_of(text: str) -> str:
    """Return the fingerprint of the words of a text."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:40]


def _is_shallow(html: str) -> bool:
    """Return whether no more than MAX_DEPTH elements lie in each other, roughly."""
    depth = 0
    for tag in re.finditer(r"<(/?)(?:div|span|ul|ol|li|table|tr|td|section|b|i|font|a|p)\b", html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > MAX_DEPTH * 10:
            return False
    return True


def _words(tag: object) -> str:
    return " ".join(tag.get_text(" ").split())[:MAX_TITLE_CHARS] if isinstance(tag, Tag) else ""


def _target(tag: object, address: str) -> str:
    return normalize(str(tag["href"]), address) or "" if isinstance(tag, Tag) else ""


def _links(soup: BeautifulSoup, address: str) -> list[str]:
    found: dict[str, None] = {}
    for link in soup.find_all("a", href=True):
        target = normalize(str(link["href"]), address)
        if target and target != address and is_same_site(target, address):
            found[target] = None
            if len(found) >= MAX_LINKS:
                break
    return list(found)


def _alternates(soup: BeautifulSoup, address: str) -> list[tuple[str, str]]:
    found = soup.find_all("link", rel="alternate", hreflang=True, href=True, limit=MAX_ALTERNATES)
    pairs = ((str(tag["hreflang"]).casefold()[:12], _target(tag, address)) for tag in found)
    return [pair for pair in pairs if pair[1]]


def _is_noindex(soup: BeautifulSoup) -> bool:
    metas = soup.find_all("meta", attrs={"name": re.compile("^(robots|googlebot)$", re.IGNORECASE)})
    return any(
        word in str(meta.get("content", "")).casefold() for meta in metas for word in ("noindex", "none")
    )
