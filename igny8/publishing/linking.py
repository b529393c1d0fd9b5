"""Remove links to pages of the site that were planned and never written."""

from collections.abc import Collection, Mapping

from bs4 import BeautifulSoup

LINK_SEPARATOR = " · "


def internal_link_slugs(html: str) -> set[str]:
    """Return the slugs of the pages of its own site that a fragment links to."""
    return {
        a["href"][1:]
        for a in BeautifulSoup(html, "html.parser").find_all("a", href=True)
        if a["href"].startswith("/") and not a["href"].startswith("//")
    }


def remove_dead_links(html: str, there: Collection[str]) -> str:
    """Return the fragment without links to pages of its site that are not `there` (slugs).

    Within a sentence the words stay; in a line of nothing but links the link goes, and the line
    with its last one.
    """
    soup = BeautifulSoup(html, "html.parser")
    dead = [
        a
        for a in soup.find_all("a", href=True)
        if a["href"].startswith("/")
        and not a["href"].startswith("//")
        and a["href"][1:] not in there
    ]
    for link in dead:
        line = link.parent
        others = [text for text in line.find_all(string=True) if text.find_parent("a") is None]
        if line.name != "p" or any(text.strip(LINK_SEPARATOR) for text in others):
            link.unwrap()
            continue
        link.extract()
        left = line.find_all("a")
        line.clear()
        for number, kept in enumerate(left):
            if number:
                line.append(LINK_SEPARATOR)
            line.append(kept)
        if not left:
            line.extract()
    return str(soup) if dead else html


def link_published(html: str, urls: Mapping[str, str]) -> str:
    """Return the fragment with links to pages of its site replaced by their published addresses.

    `urls` are addresses by slug; links to other pages of the site are removed, their words stay.
    """
    if not internal_link_slugs(html):
        return html
    soup = BeautifulSoup(remove_dead_links(html, urls), "html.parser")
    for link in soup.find_all("a", href=True):
        href = str(link["href"])
        if href.startswith("/") and not href.startswith("//"):
            link["href"] = urls[href[1:]]
    return str(soup)
