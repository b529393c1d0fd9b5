"""Read the text of a post back as a fragment without blocks, images and markers."""

import re

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from igny8.publishing.wordpress.blocks import INLINE
from igny8.sanitising import clean

EMPTY_LINE = re.compile(r"\n\s*\n")
# headings that an article does not have → the closest one
HEADINGS = {"h1": "h2", "h5": "h4", "h6": "h4"}


def post_html(raw: str) -> str:
    """Return the sanitised text of a post; `raw` is from the block or the classic editor."""
    soup = BeautifulSoup(raw, "html.parser")
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for figure in soup.find_all("figure"):
        _read_figure(figure)
    for image in soup.find_all("img"):
        _remove_image(image)
    for name, other in HEADINGS.items():
        for heading in soup.find_all(name):
            heading.name = other
    return clean("\n".join(_blocks(soup)))


def plain_text(raw: str) -> str:
    """Return a title or an excerpt as plain text on one line."""
    return " ".join(BeautifulSoup(raw, "html.parser").get_text().split())


def _read_figure(figure: Tag) -> None:
    """Keep the table of a figure with its caption, and the text of a quote; remove images."""
    table, caption = figure.find("table"), figure.find("figcaption")
    if isinstance(table, Tag) and isinstance(caption, Tag):
        caption.name = "caption"
        table.insert(0, caption.extract())
    if figure.find("img") is not None:
        figure.decompose()
    else:
        figure.unwrap()


def _remove_image(image: Tag) -> None:
    """Remove an image, and its paragraph or link if that contains nothing else."""
    around = image.parent
    image.extract()
    while isinstance(around, Tag) and around.name in ("p", "a") and not around.get_text(strip=True):
        outer = around.parent
        around.extract()
        around = outer


def _blocks(soup: BeautifulSoup) -> list[str]:
    """Return the elements of a text; an empty line separates loose text into paragraphs."""
    found: list[str] = []
    loose = ""
    for node in soup.children:
        if isinstance(node, Tag) and node.name not in INLINE:
            found += [*_paragraphs(loose), str(node)]
            loose = ""
        elif isinstance(node, NavigableString):
            loose += node.output_ready(formatter="minimal")
        else:
            loose += str(node)
    return found + _paragraphs(loose)


def _paragraphs(loose: str) -> list[str]:
    parts = (part.strip() for part in EMPTY_LINE.split(loose))
    return [f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts if part]
