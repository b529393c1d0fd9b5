"""Find, remove and replace the links of an article to other pages of its own site."""

import importlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

LINK_SEPARATOR = " · "


def internal_link_slugs(html: str) -> set[str]:
    """Return the slugs of the pages of its own site that a fragment links to."""
    return {_slug(link) for link in _internal_links(_parse(html))}


def remove_dead_links(html: str, there: Collection[str]) -> str:
    """Return the fragment without links to pages of its site that are not `there` (slugs).

    Within a sentence the text of the link is kept; in a line of links only, the link is removed,
    and the line if it was the last one.
    """
    soup = _parse(html)
    dead = [link for link in _internal_links(soup) if _slug(link) not in there]
    for link in dead:
        _remove(link)
    return str(soup) if dead else html


def link_published(html: str, urls: Mapping[str, str]) -> str:
    """Return the fragment with links to pages of its site replaced by their published addresses.

    `urls` are addresses by slug; links to other pages of the site are removed, keeping their text.
    """
    if not internal_link_slugs(html):
        return html
    soup = _parse(remove_dead_links(html, urls))
    for link in _internal_links(soup):
        link["href"] = urls[_slug(link)]
    return str(soup)


def unlink_published(html: str, urls: Mapping[str, str]) -> str:
    """Return the fragment with published addresses replaced by internal links.

    The inverse of `link_published`.
    """
    slugs = {url.rstrip("/"): slug for slug, url in urls.items()}
    soup = _parse(html)
    found = [a for a in soup.find_all("a", href=True) if str(a["href"]).rstrip("/") in slugs]
    for link in found:
        link["href"] = f"/{slugs[str(link['href']).rstrip('/')]}"
    return str(soup) if found else html


def _parse(html: str) -> "BeautifulSoup":
    """Return the tree of a fragment; Beautiful Soup loads slowly, so it is imported on demand."""
    soup: BeautifulSoup = importlib.import_module("bs4").BeautifulSoup(html, "html.parser")
    return soup


def _internal_links(soup: "BeautifulSoup") -> "list[Tag]":
    """Return the links to pages of the own site: those that begin with a single slash."""
    return [
        link
        for link in soup.find_all("a", href=True)
        if str(link["href"]).startswith("/") and not str(link["href"]).startswith("//")
    ]


def _slug(link: "Tag") -> str:
    return str(link["href"])[1:]


def _remove(link: "Tag") -> None:
    """Remove a link, keeping its text within a sentence but not in a line of links only."""
    line = link.parent
    if line is None or line.name != "p" or _has_words_beside_links(line):
        link.unwrap()
        return
    link.extract()
    left = line.find_all("a")
    line.clear()
    for number, kept in enumerate(left):
        if number:
            line.append(LINK_SEPARATOR)
        line.append(kept)
    if not left:
        line.extract()


def _has_words_beside_links(line: "Tag") -> bool:
    return any(
        text.strip(LINK_SEPARATOR)
        for text in line.find_all(string=True)
        if text.find_parent("a") is None
    )
