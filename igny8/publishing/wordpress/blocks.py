"""Write an article as markup of the block editor, or as plain HTML.

Formats: https://developer.wordpress.org/block-editor/reference-guides/core-blocks/
"""

import json
from dataclasses import dataclass
from html import escape
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

from igny8.publishing.image_placement import insert_images
from igny8.sanitising import clean, escape_shortcodes

# <br> instead of <br/>, as the block editor writes it
AS_EDITOR = HTMLFormatter(EntitySubstitution.substitute_xml, void_element_close_prefix="")
INLINE = {"a", "strong", "em", "b", "i", "code", "sub", "sup", "br"}


@dataclass(frozen=True, slots=True)
class Media:
    """An uploaded image at the site, below `heading`."""

    media_id: int
    url: str
    alt: str
    heading: str


def marker_comment(marker: str, version: str) -> str:
    """Return the comment that identifies a post, with the version that was sent."""
    return f"<!-- igny8:{marker}:{version[:16]} -->"


def to_blocks(html: str, images: list[Media], comment: str) -> str:
    """Return a fragment with its images and the comment as block markup."""
    soup = BeautifulSoup(_with_images(html, images), "html.parser")
    by_url = {image.url: image for image in images}
    made = [_block(node, by_url) for node in _top_level(soup)]
    return "\n\n".join([*filter(None, made), _wrap("html", comment)])


def to_classic(html: str, images: list[Media], comment: str) -> str:
    """Return a fragment with its images and the comment as plain HTML."""
    return f"{_with_images(html, images)}\n{comment}"


def _with_images(html: str, images: list[Media]) -> str:
    figures = [
        (
            image.heading,
            f'<p><img class="wp-image-{image.media_id}" src="{escape(image.url)}" '
            f'alt="{escape(image.alt)}"/></p>',
        )
        for image in images
    ]
    return escape_shortcodes(insert_images(clean(html), figures))


def _top_level(soup: BeautifulSoup) -> list[Tag]:
    """Return the elements of a fragment; loose text and inline elements become paragraphs."""
    found: list[Tag] = []
    loose: Tag | None = None
    for node in list(soup.children):
        if isinstance(node, Tag) and node.name not in INLINE:
            loose = None
            found.append(node)
        elif loose is not None or str(node).strip():
            if loose is None:
                loose = soup.new_tag("p")
                found.append(loose)
            loose.append(node.extract())
    return found


def _block(node: Tag, by_url: dict[str, Media]) -> str:
    image = node.find("img") if node.name == "p" else None
    if isinstance(image, Tag):
        return _image(image, by_url)
    make = BLOCKS.get(node.name)
    return make(node) if make else _wrap("html", str(node))


def _image(node: Tag, by_url: dict[str, Media]) -> str:
    image = by_url[str(node["src"])]
    figure = (
        f'<figure class="wp-block-image size-full"><img src="{escape(image.url)}" '
        f'alt="{escape(image.alt)}" class="wp-image-{image.media_id}"/></figure>'
    )
    attrs = {"id": image.media_id, "sizeSlug": "full", "linkDestination": "none"}
    return _wrap("image", escape_shortcodes(figure), attrs)


def _paragraph(node: Tag) -> str:
    if not node.get_text(strip=True):
        return ""
    if node.get("dir") == "rtl":
        return _wrap("paragraph", f'<p dir="rtl">{_inner(node)}</p>', {"direction": "rtl"})
    return _wrap("paragraph", f"<p>{_inner(node)}</p>")


def _heading(node: Tag) -> str:
    level = int(node.name[1])
    markup = f'<{node.name} class="wp-block-heading">{_inner(node)}</{node.name}>'
    return _wrap("heading", markup, {"level": level} if level != 2 else None)


def _list(node: Tag) -> str:
    start = node.get("start")
    attrs: dict[str, Any] = {"ordered": True} if node.name == "ol" else {}
    if node.name == "ol" and start and start != "1":
        attrs["start"] = int(str(start))
    attribute = f' start="{attrs["start"]}"' if "start" in attrs else ""
    items = "\n\n".join(_list_item(item) for item in node.find_all("li", recursive=False))
    markup = f'<{node.name}{attribute} class="wp-block-list">{items}</{node.name}>'
    return _wrap("list", markup, attrs or None)


def _list_item(node: Tag) -> str:
    nested = node.find_all(["ul", "ol"], recursive=False)
    inner = "".join(_list(part.extract()) for part in nested)
    for paragraph in node.find_all("p"):
        paragraph.unwrap()
    return _wrap("list-item", f"<li>{_inner(node)}{inner}</li>")


def _quote(node: Tag) -> str:
    soup = BeautifulSoup(node.decode_contents(), "html.parser")
    inner = "\n\n".join(filter(None, (_block(part, {}) for part in _top_level(soup))))
    return _wrap("quote", f'<blockquote class="wp-block-quote">{inner}</blockquote>')


def _table(node: Tag) -> str:
    caption = node.find("caption")
    note = ""
    if isinstance(caption, Tag):
        note = f'<figcaption class="wp-element-caption">{_inner(caption.extract())}</figcaption>'
    head = node.find("thead")
    rows = node.find_all("tr")
    in_head = head.find_all("tr") if isinstance(head, Tag) else []
    body = [row for row in rows if not any(row is each for each in in_head)]
    parts = f"<thead>{_rows(in_head)}</thead>" if in_head else ""
    parts += f"<tbody>{_rows(body)}</tbody>"
    markup = f'<figure class="wp-block-table"><table>{parts}</table>{note}</figure>'
    return _wrap("table", markup, {"hasFixedLayout": False})


def _rows(rows: list[Tag]) -> str:
    return "".join(f"<tr>{''.join(map(_cell, _cells(row)))}</tr>" for row in rows)


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["th", "td"], recursive=False)


def _cell(node: Tag) -> str:
    span = f' colspan="{node["colspan"]}"' if node.get("colspan") else ""
    return f"<{node.name}{span}>{_inner(node)}</{node.name}>"


def _code(node: Tag) -> str:
    inner = BeautifulSoup(node.decode_contents(), "html.parser")
    for code in inner.find_all("code"):
        code.unwrap()
    return _wrap("code", f'<pre class="wp-block-code"><code>{_inner(inner)}</code></pre>')


def _separator(node: Tag) -> str:
    markup = '<hr class="wp-block-separator has-alpha-channel-opacity"/>'
    return _wrap("separator", markup)


def _inner(node: Tag) -> str:
    """Return the content of an element; the parser resolved what was escaped."""
    return escape_shortcodes(node.decode_contents(formatter=AS_EDITOR).strip())


def _wrap(name: str, markup: str, attrs: dict[str, Any] | None = None) -> str:
    attributes = f" {json.dumps(attrs, separators=(',', ':'))}" if attrs else ""
    return f"<!-- wp:{name}{attributes} -->\n{markup}\n<!-- /wp:{name} -->"


BLOCKS = {
    "p": _paragraph,
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "table": _table,
    "pre": _code,
    "hr": _separator,
}
