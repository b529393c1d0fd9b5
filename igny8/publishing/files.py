"""Articles as files: an HTML page, Markdown with front matter, or a ZIP of many with images."""

import json
import mimetypes
import re
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import IO, Any

from igny8.publishing.base import Image, Text
from igny8.publishing.image_placement import insert_images
from igny8.publishing.markdown import escape_markdown, html_to_markdown
from igny8.publishing.structured_data import structured_data
from igny8.sanitising import clean, escape_shortcodes

IMAGE_FOLDER = "images"
BRACKET_PLACEHOLDER = "\ue000"  # of private use: it stands in no text that was taken in
PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{meta_title}</title>
<meta name="description" content="{meta_description}">
{data}</head>
<body>
<article>
<h1>{title}</h1>
{body}
</article>
</body>
</html>
"""


def to_html(text: Text, folder: str = IMAGE_FOLDER) -> str:
    """Return the article as a page; its images are expected in `folder`."""
    return page(
        text, html_with_images(text, partial(_relative_image_url, folder)), _json_ld(text, folder)
    )


def to_one_file(text: Text) -> str:
    """Return the article as a page with embedded images; images without a file are omitted."""
    there = tuple(p for p in text.images if Path(p.path).is_file())
    bare = replace(text, images=())
    return page(
        text,
        html_with_images(replace(text, images=there), _image_data_url),
        _json_ld(bare, IMAGE_FOLDER),
    )


def page(text: Text, body: str, data: str) -> str:
    """Return a complete HTML page with this body and these structured data."""
    names = ("language", "meta_title", "meta_description", "title")
    values = {name: escape_shortcodes(escape(getattr(text, name))) for name in names}
    return PAGE.format_map(values | {"body": body, "data": data})


def _relative_image_url(folder: str, image: Image) -> str:
    return f"{folder}/{file_name(image.file_name)}"


def _image_data_url(image: Image) -> str:
    mime = mimetypes.guess_type(image.file_name)[0] or "image/webp"
    return f"data:{mime};base64,{b64encode(Path(image.path).read_bytes()).decode()}"


def to_markdown(text: Text, folder: str = IMAGE_FOLDER) -> str:
    """Return the article as Markdown (ATX headings) with YAML front matter.

    Values of the front matter are JSON strings and lists, which are valid YAML 1.2.
    """
    front = {
        "title": text.title,
        "slug": text.slug,
        "meta_title": text.meta_title,
        "meta_description": text.meta_description,
        "excerpt": text.excerpt,
        "language": text.language,
        "kind": text.kind,
        "keyword": text.keyword,
        "keywords": list(text.keywords),
    }
    head = "\n".join(
        f"{name}: {json.dumps(one_line(value), ensure_ascii=False)}"
        for name, value in front.items()
    )
    body = html_to_markdown(html_with_images(text, partial(_relative_image_url, folder)))
    return f"---\n{head}\n---\n\n# {escape_markdown(text.title)}\n\n{body}\n"


def _json_ld(text: Text, folder: str) -> str:
    """Return the structured data of an article as a script element; empty for a brief."""
    if text.kind != "article":
        return ""
    images = [f"{folder}/{file_name(image.file_name)}" for image in text.images]
    document = json.dumps(_mark_brackets(structured_data(text, images)), ensure_ascii=False)
    document = document.replace("<", "\\u003c").replace(BRACKET_PLACEHOLDER, "\\u005b")
    return f'<script type="application/ld+json">{document}</script>\n'


def _mark_brackets(value: object) -> object:
    """Return JSON with opening brackets escaped, so that it contains no shortcode."""
    if isinstance(value, dict):
        return {name: _mark_brackets(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mark_brackets(inner) for inner in value]
    return value.replace("[", BRACKET_PLACEHOLDER) if isinstance(value, str) else value


def write_zip(texts: Iterable[Text], target: IO[bytes]) -> int:
    """Write articles as HTML and Markdown with their images to a ZIP; return how many.

    An image whose file is missing is left out of the article as well.
    """
    count = 0
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for text in texts:
            folder = _unique_name(file_name(text.slug), taken)
            there = tuple(p for p in text.images if Path(p.path).is_file())
            local = replace(text, images=there)
            archive.writestr(f"{folder}/{folder}.html", to_html(local))
            archive.writestr(f"{folder}/{folder}.md", to_markdown(local))
            for image in there:
                archive.write(
                    image.path,
                    f"{folder}/{IMAGE_FOLDER}/{file_name(image.file_name)}",
                    zipfile.ZIP_STORED,
                )
            count += 1
    return count


def file_name(name: str) -> str:
    """Return a portable file name: letters, digits, dots and hyphens, no path."""
    kept = re.sub(r"[^\w.-]+", "-", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(".-")
    return kept[:120] or "text"


def one_line(value: Any) -> Any:
    """Replace line breaks in a text, or in a list of texts; return other values unchanged."""
    if isinstance(value, list):
        return [one_line(each) for each in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def _unique_name(name: str, taken: set[str]) -> str:
    number, wanted = 1, name
    while name.casefold() in taken:
        number += 1
        name = f"{wanted}-{number}"
    taken.add(name.casefold())
    return name


def html_with_images(text: Text, source: Callable[[Image], str]) -> str:
    """Return the fragment with its images; one without a heading comes first."""
    marked = [
        (p.heading, f'<p><img src="{source(p)}" alt="{escape(p.alt)}"/></p>') for p in text.images
    ]
    first = "".join(markup for heading, markup in marked if not heading)
    return escape_shortcodes(
        first
        + insert_images(
            clean(text.html), [(heading, markup) for heading, markup in marked if heading]
        )
    )
