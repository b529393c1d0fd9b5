"""Articles as website files: Markdown for site generators, HTML pages, WordPress imports (WXR).

The front matter is YAML with JSON values, which are valid YAML 1.2; Pelican has its own format.
"""

import json
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from igny8 import clock
from igny8.publishing import wxr
from igny8.publishing.base import Image, Text
from igny8.publishing.files import file_name, html_with_images, one_line, page
from igny8.publishing.markdown import escape_markdown, html_to_markdown
from igny8.publishing.wordpress.seo import SEO_KEYS, seo_meta


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Additional content of a file; `image_url` returns the address of an image in it.

    `image_base` is the address of the images on the site, empty if they are next to the text;
    `zone` is the time zone of the site.
    """

    marker: str
    version: str
    date: datetime
    is_draft: bool
    topic: str
    url: str
    image_url: Callable[[Image], str]
    image_base: str
    zone: str

    @property
    def mark(self) -> str:
        """Return the marker that identifies the file, with the version that was sent."""
        return f"igny8:{self.marker}:{self.version[:16]}"


@dataclass(frozen=True, slots=True)
class Format:
    """A file format; `path` is the usual pattern of its file names."""

    label: str
    path: str
    render: Callable[[Text, FileInfo], str]
    can_draft: bool = True


def _plain(text: Text, info: FileInfo) -> str:
    front = {
        "title": text.title,
        "slug": text.slug,
        "date": info.date.isoformat(),
        "status": "draft" if info.is_draft else "published",
        "meta_title": text.meta_title,
        "meta_description": text.meta_description,
        "excerpt": text.excerpt,
        "language": text.language,
        "category": info.topic,
        "keyword": text.keyword,
        "keywords": list(text.keywords),
    }
    return _yaml(front, f"# {escape_markdown(text.title)}\n\n{_markdown(text, info)}", info)


def _hugo(text: Text, info: FileInfo) -> str:
    front = {
        "title": text.title,
        "slug": text.slug,
        "date": info.date.isoformat(),
        "draft": info.is_draft,
        "description": text.meta_description,
        "summary": text.excerpt,
        "keywords": [text.keyword],
        "categories": [info.topic],
        "tags": list(text.keywords),
    }
    return _yaml(front, _markdown(text, info), info)


def _jekyll(text: Text, info: FileInfo) -> str:
    front = {
        "layout": "post",
        "title": text.title,
        "date": f"{info.date:%Y-%m-%d %H:%M:%S %z}",
        "published": not info.is_draft,
        "description": text.meta_description,
        "excerpt": text.excerpt,
        "categories": [info.topic],
        "tags": list(text.keywords),
        "render_with_liquid": False,
    }
    return _yaml(front, _markdown(text, info), info)


def _eleventy(text: Text, info: FileInfo) -> str:
    front = {
        "title": text.title,
        "date": info.date.isoformat(),
        "draft": info.is_draft,
        "description": text.meta_description,
        "tags": list(text.keywords),
        "templateEngineOverride": "md",
    }
    return _yaml(front, _markdown(text, info), info)


def _astro(text: Text, info: FileInfo) -> str:
    front = {
        "title": text.title,
        "description": text.meta_description,
        "pubDate": info.date.isoformat(),
        "draft": info.is_draft,
        "tags": list(text.keywords),
    }
    return _yaml(front, _markdown(text, info), info)


def _pelican(text: Text, info: FileInfo) -> str:
    """Return Pelican's Markdown: its values are plain lines, lists are comma-separated."""
    front = {
        "Title": text.title,
        "Slug": text.slug,
        "Date": f"{info.date:%Y-%m-%d %H:%M}",
        "Category": info.topic,
        "Tags": ", ".join(word.replace(",", " ") for word in text.keywords),
        "Summary": text.excerpt,
        "Lang": text.language,
        "Status": "draft" if info.is_draft else "published",
        "Igny8": info.mark,
    }
    head = "\n".join(f"{name}: {one_line(value)}" for name, value in front.items() if value)
    return f"{head}\n\n{_markdown(text, info)}\n"


def _html(text: Text, info: FileInfo) -> str:
    return f"{page(text, html_with_images(text, info.image_url), '')}<!-- {info.mark} -->\n"


def _wxr(text: Text, info: FileInfo) -> str:
    """Return an import file of one post.

    Images with absolute addresses are imported; those with relative ones are only shown.
    """
    attached = text.images if info.image_base.startswith("http") else ()
    featured = attached[:1] if attached and not attached[0].heading else ()
    shown = tuple(image for image in text.images if info.image_base and image not in featured)
    body = html_with_images(replace(text, images=shown), info.image_url)
    return wxr.document(
        wxr.Post(
            title=text.title,
            slug=text.slug,
            html=f"{body}\n<!-- {info.mark} -->",
            excerpt=text.excerpt,
            date=info.date.astimezone(clock.time_zone(info.zone)),
            is_draft=info.is_draft,
            category=info.topic,
            tags=text.tags,
            marker=info.marker,
            url=info.url,
            language=text.language,
            images=tuple((info.image_url(image), image.alt) for image in attached),
            has_featured=bool(featured),
            meta=tuple(pair for plugin in SEO_KEYS for pair in seo_meta(text, plugin).items()),
        )
    )


FORMATS = {
    "plain": Format("Markdown", "{slug}.md", _plain),
    "hugo": Format("Markdown for Hugo", "content/posts/{slug}/index.md", _hugo),
    "jekyll": Format("Markdown for Jekyll", "_posts/{date}-{slug}.md", _jekyll),
    "eleventy": Format("Markdown for Eleventy", "posts/{slug}/index.md", _eleventy),
    "astro": Format("Markdown for Astro", "src/content/blog/{slug}.md", _astro),
    "pelican": Format("Markdown for Pelican", "content/{slug}.md", _pelican),
    "html": Format("HTML pages", "{slug}.html", _html, can_draft=False),
    "wxr": Format("WordPress import files (WXR)", "{slug}.xml", _wxr),
}
PLACEHOLDERS = ("slug", "date", "year", "month", "day", "topic", "language")


def check_path(pattern: str) -> str:
    """Return a pattern of file names; raise ValueError with the problem."""
    try:
        made = pattern.format_map(dict.fromkeys(PLACEHOLDERS, "x"))
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"Use letters, / and these placeholders: {names}.") from error
    parts = made.split("/")
    if "{slug}" not in pattern or any(file_name(part) != part for part in parts):
        raise ValueError(
            "Enter a path below the folder that contains {slug}, such as posts/{slug}.md, without "
            "spaces, and without a dot at the beginning of a part."
        )
    return pattern


def path_of(pattern: str, text: Text, info: FileInfo, number: int) -> str:
    """Return the file name of an article; `number` above 1 is appended if a name is taken."""
    slug = file_name(text.slug)
    values = {
        "slug": f"{slug}-{number}" if number > 1 else slug,
        "date": f"{info.date:%Y-%m-%d}",
        "year": f"{info.date:%Y}",
        "month": f"{info.date:%m}",
        "day": f"{info.date:%d}",
        "topic": file_name(info.topic.lower()),
        "language": file_name(text.language),
    }
    return pattern.format_map(values)


def image_folder(path: str, folder: str) -> str:
    """Return the folder of a file's images: beside the file, or in a common `folder`."""
    parent, name = posixpath.split(path)
    stem = posixpath.splitext(name)[0]
    if folder:
        return posixpath.join(folder, posixpath.basename(parent) if stem == "index" else stem)
    return posixpath.join(parent, "images") if stem == "index" else f"{parent or '.'}/images/{stem}"


def _yaml(front: dict[str, Any], body: str, info: FileInfo) -> str:
    values = {name: value for name, value in front.items() if value not in ("", [], [""])}
    values["igny8"] = info.mark
    head = "\n".join(
        f"{name}: {json.dumps(one_line(value), ensure_ascii=False)}"
        for name, value in values.items()
    )
    return f"---\n{head}\n---\n\n{body}\n"


def _markdown(text: Text, info: FileInfo) -> str:
    return html_to_markdown(html_with_images(text, info.image_url))
