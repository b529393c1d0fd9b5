"""Describe an article in schema.org terms: Article, and FAQPage or HowTo if it is one."""

import re
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

from igny8.publishing.base import Text

CONTEXT = "https://schema.org"
QUESTION = re.compile(r"[?？؟]\s*$")
HEADINGS = ("h2", "h3")
MIN_QUESTIONS, MIN_STEPS = 2, 2
HOW_TO = "how-to"  # the format of ideas that explain steps


def structured_data(text: Text, images: list[str]) -> dict[str, Any]:
    """Return an article as JSON-LD; `images` are the addresses of its images.

    An article with questions as headings is also a FAQPage, one of format "how-to" with an ordered
    list also a HowTo; all of them are then in one @graph.
    """
    page = BeautifulSoup(text.html, "html.parser")
    found = [_article(text, images), _faq(page), _how_to(text, page)]
    parts = [part for part in found if part is not None]
    if len(parts) == 1:
        return {"@context": CONTEXT, **parts[0]}
    return {"@context": CONTEXT, "@graph": parts}


def _article(text: Text, images: list[str]) -> dict[str, Any]:
    author = {"@type": "Organization", "name": text.site_name} if text.site_name else None
    facts = {
        "image": images,
        "author": author,
        "publisher": author,
        "datePublished": text.published_at,
        "dateModified": text.modified_at or text.published_at,
    }
    return {
        "@type": "Article",
        "headline": text.title,
        "description": text.meta_description,
        "inLanguage": text.language,
        "keywords": ", ".join((text.keyword, *text.keywords)),
        "wordCount": len(re.sub("<[^<>]*>", " ", text.html).split()),
    } | {name: value for name, value in facts.items() if value}


def _faq(page: BeautifulSoup) -> dict[str, Any] | None:
    """Return the headings that are questions with the texts below them; None if too few."""
    questions = [
        {
            "@type": "Question",
            "name": _words(heading),
            "acceptedAnswer": {"@type": "Answer", "text": answer},
        }
        for heading in page.find_all(HEADINGS)
        if QUESTION.search(_words(heading)) and (answer := _text_below(heading))
    ]
    if len(questions) < MIN_QUESTIONS:
        return None
    return {"@type": "FAQPage", "mainEntity": questions}


def _how_to(text: Text, page: BeautifulSoup) -> dict[str, Any] | None:
    """Return the longest ordered list as steps; None if it is not a how-to."""
    lists = [found.find_all("li", recursive=False) for found in page.find_all("ol")]
    steps: list[Tag] = max(lists, key=len, default=[])
    if text.format != HOW_TO or len(steps) < MIN_STEPS:
        return None
    return {
        "@type": "HowTo",
        "name": text.title,
        "step": [
            {"@type": "HowToStep", "position": at, "text": _words(step)}
            for at, step in enumerate(steps, 1)
        ],
    }


def _text_below(heading: Tag) -> str:
    """Return the text between a heading and the next one."""
    said = []
    for node in heading.find_next_siblings():
        if node.name in ("h1", *HEADINGS):
            break
        said.append(_words(node))
    return " ".join(filter(None, said))


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())
