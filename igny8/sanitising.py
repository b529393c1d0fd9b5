"""HTML sanitising: one allowlist for all text that is stored, shown or exported."""

import re
from collections.abc import Callable

import nh3
from markupsafe import Markup

TAGS = {
    "h2",
    "h3",
    "h4",
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "b",
    "i",
    "a",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "caption",
    "code",
    "pre",
    "hr",
    "br",
    "dl",
    "dt",
    "dd",
    "sub",
    "sup",
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "th": {"scope", "dir"},
    "td": {"colspan", "dir"},
    "ol": {"start"},
    **{tag: {"dir"} for tag in ("p", "h2", "h3", "h4", "li")},
}
ATTRIBUTE_PATTERNS = {
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "dir": re.compile(r"ltr|rtl|auto"),
    "colspan": re.compile(r"[1-9][0-9]?"),
    "start": re.compile(r"[0-9]{1,4}"),
}
REMOVED_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "noscript",
    "textarea",
    "title",
    "xmp",
}
SCHEMES = {"http", "https", "mailto"}
# absolute or site-relative; browsers read a backslash as a slash and skip tabs and line breaks
SAFE_LINK = re.compile(
    r"(?:https?://(?=[^/?#])|mailto:|/(?![/]))[^\s\\\x00-\x1f\x7f]*", re.IGNORECASE
)
# characters that end a URL in Markdown or begin a WordPress shortcode
LINK_ESCAPES = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "<>()[]\"'`{}|^"})
TAG = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>")
VOID_TAGS = {"br", "hr"}
MAX_DEPTH = 40  # nested elements; nobody writes deeper text by hand
# focusable, so that it can be scrolled by keyboard
TABLE_WRAPPER = '<div class="tablebox" role="group" aria-label="Table" tabindex="0">'
FIGURE = Markup('<figure><img src="{}" alt="{}" width="{}" height="{}" loading="lazy"></figure>')
EMPTY_TEXT = Markup('<p class="faint">(no text)</p>')


def clean(html: str) -> str:
    """Return an HTML fragment with only the allowed tags and attributes.

    The text of other tags is kept. Comments (and so WordPress blocks) are removed, opening brackets
    are escaped so that nothing is a WordPress shortcode, and images are removed: callers add those
    of the article.
    """
    kept = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags=REMOVED_WITH_CONTENT,
        attribute_filter=_attribute,
        link_rel="noopener noreferrer",
    ).strip()
    if _max_depth(kept) > MAX_DEPTH:
        kept = f"<p>{nh3.clean(kept, tags=set())}</p>"
    return escape_shortcodes(kept)


def escape_shortcodes(html: str) -> str:
    """Return HTML or escaped text with WordPress shortcodes escaped."""
    return html.replace("[", "&#91;")


def strip_tags(html: str) -> str:
    """Return the text of an HTML fragment, escaped, without tags."""
    return nh3.clean(html, tags=set())


def render_html(html: str, arrange: Callable[[str], str] = lambda clean: clean) -> Markup:
    """Return HTML for a page: sanitised again, with scrollable tables.

    `arrange` adds the images.
    """
    kept = (
        clean(html or "")
        .replace("<table>", f"{TABLE_WRAPPER}<table>")
        .replace("</table>", "</table></div>")
    )
    kept = arrange(kept)
    return Markup(kept) if kept.strip() else EMPTY_TEXT  # sanitised above # nosec B704


def figure_html(address: str, alt: str, width: int, height: int) -> str:
    """Return the HTML of one of our own images."""
    return str(FIGURE.format(address, alt, width, height))


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return the permitted value of an attribute, or None to remove it."""
    if name == "href":
        return value.translate(LINK_ESCAPES) if SAFE_LINK.fullmatch(value) else None
    if name in ATTRIBUTE_PATTERNS:
        return value if ATTRIBUTE_PATTERNS[name].fullmatch(value) else None
    return value


def _max_depth(html: str) -> int:
    """Return the maximum nesting of elements in balanced HTML."""
    deepest = now = 0
    for closing, name in TAG.findall(html):
        if name not in VOID_TAGS:
            now += -1 if closing else 1
            deepest = max(deepest, now)
    return deepest
