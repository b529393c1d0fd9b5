"""WordPress import files: WXR 1.2, as read by the WordPress importer.

https://github.com/WordPress/wordpress-importer (class-wxr-parser-simplexml.php)
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from igny8.slugs import slug_of

NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ITEM = re.compile(r"<item>.*?</item>\n", re.DOTALL)
POST_ID = re.compile(r"<wp:post_id><!\[CDATA\[(\d+)")
# the post ID of an item, or a reference to that of another item
NUMBER = re.compile(
    r"(<wp:(?:post_id|post_parent)><!\[CDATA\[|"
    r"<wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value><!\[CDATA\[)([1-9]\d*)"
)
MAX_ITEMS = 64  # of one post with its images
# titles of posts are HTML, and the importer does not recognise a title with a backslash
TITLE_SIGNS = ((re.compile(r"&(?=#?\w+;)"), "&amp;"), (re.compile("<"), "&lt;"))
BACKSLASH = "&#92;"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>IGNY8</title>
<link></link>
<description></description>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url></wp:base_site_url>
<wp:base_blog_url></wp:base_blog_url>
<wp:author><wp:author_login>igny8</wp:author_login>\
<wp:author_display_name>IGNY8</wp:author_display_name></wp:author>
"""
FOOT = "</channel>\n</rss>\n"


@dataclass(frozen=True, slots=True)
class Post:
    """A post; `images` are (address, alternative text), the first of which may be featured.

    `date` is in the time zone of the site; `meta` holds custom fields as (key, value).
    """

    title: str
    slug: str
    html: str
    excerpt: str
    date: datetime
    is_draft: bool
    category: str
    tags: tuple[str, ...]
    marker: str
    url: str
    language: str
    images: tuple[tuple[str, str], ...]
    has_featured: bool
    meta: tuple[tuple[str, str], ...] = ()


def document(post: Post) -> str:
    """Return an import file of one post with its images as attachments."""
    number = 1 + int(post.marker[:6], 16) * MAX_ITEMS  # WordPress uses it if it is free
    attachments = [
        _attachment(post, number + 1 + at, number, *image) for at, image in enumerate(post.images)
    ]
    return "".join((HEAD, *attachments, _item(post, number), FOOT))


def merged(documents: list[str]) -> str:
    """Return one import file with the items of several files."""
    taken: set[int] = set()
    items = (ITEM.findall(_apart(each, taken)) for each in documents)
    return "".join((HEAD, *(item for of_one in items for item in of_one), FOOT))


def _apart(document: str, taken: set[int]) -> str:
    """Return a file with its post IDs moved past those in `taken`, and add them to it."""
    numbers = {int(number) for number in POST_ID.findall(document)}
    shift = 0
    while any(number + shift in taken for number in numbers):
        shift += MAX_ITEMS
    taken.update(number + shift for number in numbers)
    return NUMBER.sub(lambda found: f"{found[1]}{int(found[2]) + shift}", document)


def _item(post: Post, number: int) -> str:
    terms = [_term("category", post.category, post.language)] if post.category else []
    terms += [_term("post_tag", tag, post.language) for tag in post.tags if tag]
    featured = (("_thumbnail_id", str(number + 1)),) if post.has_featured else ()
    meta = [_meta(key, value) for key, value in (*featured, *post.meta) if value]
    return _wrap(
        post,
        _title(post.title),
        f"<content:encoded>{_cdata(post.html)}</content:encoded>\n"
        f"<excerpt:encoded>{_cdata(post.excerpt)}</excerpt:encoded>\n",
        {
            "post_id": str(number),
            "post_name": post.slug,
            "status": "draft" if post.is_draft else "publish",
            "post_parent": "0",
            "post_type": "post",
        },
        "".join(terms + meta),
    )


def _attachment(post: Post, number: int, parent: int, url: str, alt: str) -> str:
    """Return an image item; its title is unique, as the importer skips equal titles of one date."""
    name = url.rpartition("/")[2].rpartition(".")[0]
    return _wrap(
        post,
        name,
        "<content:encoded></content:encoded>\n<excerpt:encoded></excerpt:encoded>\n",
        {
            "post_id": str(number),
            "post_name": name,
            "status": "inherit",
            "post_parent": str(parent),
            "post_type": "attachment",
            "attachment_url": url,
        },
        _meta("_wp_attachment_image_alt", alt),
    )


def _wrap(post: Post, title: str, texts: str, values: dict[str, str], more: str) -> str:
    at = post.date.astimezone(UTC)
    fixed = {
        "post_date": f"{post.date:%Y-%m-%d %H:%M:%S}",
        "post_date_gmt": f"{at:%Y-%m-%d %H:%M:%S}",
        "comment_status": "open",
        "ping_status": "closed",
        "menu_order": "0",
        "post_password": "",  # of a post that needs none # nosec B105
        "is_sticky": "0",
    }
    meta = "".join(f"<wp:{name}>{_cdata(value)}</wp:{name}>\n" for name, value in values.items())
    meta += "".join(f"<wp:{name}>{value}</wp:{name}>\n" for name, value in fixed.items())
    return (
        f"<item>\n<title>{_cdata(title)}</title>\n<link>{_text(post.url)}</link>\n"
        f"<pubDate>{format_datetime(at)}</pubDate>\n<dc:creator>igny8</dc:creator>\n"
        f'<guid isPermaLink="false">igny8:{post.marker}:{values["post_id"]}</guid>\n'
        f"<description></description>\n{texts}{meta}{more}</item>\n"
    )


def _title(text: str) -> str:
    for sign, markup in TITLE_SIGNS:
        text = sign.sub(markup, text)
    return text.replace("\\", BACKSLASH)


def _term(domain: str, name: str, language: str) -> str:
    nicename = escape(slug_of(name, language))
    return f'<category domain="{domain}" nicename="{nicename}">{_cdata(name)}</category>\n'


def _meta(key: str, value: str) -> str:
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key>"
        f"<wp:meta_value>{_cdata(value)}</wp:meta_value></wp:postmeta>\n"
    )


def _cdata(text: str) -> str:
    valid = NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{valid}]]>"


def _text(text: str) -> str:
    return escape(NOT_XML.sub("", text))
