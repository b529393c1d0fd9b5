"""Sample critiques: the outline is good, and one part of the article needs an example."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

from igny8.article_parts import replace_part, split_parts
from igny8.critiques import is_wanted
from igny8.errors import ExternalError
from igny8.providers.base import (
    Assignment,
    Draft,
    OutlineReview,
    RequestSender,
    Usage,
    was_skipped,
)
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.demo.articles import EXAMPLE
from igny8.providers.outline_review import review_outline
from igny8.sanitising import clean

MODEL, ATTEMPTS = "demonstration", 2
WEAK_PART = 1
Ask = Callable[[RequestSender, str, str, dict[str, Any]], tuple[dict[str, Any], Usage]]


def criticise_outline(
    ask: Ask, job: Assignment, sender: RequestSender
) -> tuple[OutlineReview, Usage]:
    """Return the outline after the free review; a critique, where wanted, finds it good."""
    review = review_outline(job)
    if not _is_due(job.outline_critique, sender, "outline", "opening"):
        return review, Usage()
    headings = [section.heading for section in review.sections]
    _, used = _ask_optional(ask, sender, "outline", job.title, {"headings": headings})
    return review, used


def criticise_text(
    ask: Ask, draft: Draft, job: Assignment, sender: RequestSender
) -> tuple[Draft, Usage]:
    """Return the draft; a critique, where wanted, has an example added to one part."""
    parts = split_parts(draft.html)
    if len(parts) <= WEAK_PART or not _is_due(job.text_critique, sender, "critique", "second-pass"):
        return draft, Usage()
    weak, used = _ask_optional(ask, sender, "critique", job.title, {"part": WEAK_PART})
    if weak is None:
        return draft, used
    part = parts[weak["part"]]
    example = f"<p>{escape(EXAMPLE.format(keyword=job.primary.text))}</p>"
    answer = {"html": clean(part.html + example)}
    better, more = _ask_optional(ask, sender, "second-pass", job.title, answer)
    html = better and replace_part(draft.html, part.html, better["html"])
    if not html:
        return draft, used + more
    changed = replace(draft, html=html, words=count_words(html), first_html=draft.html)
    return changed, used + more


def _is_due(choice: str, sender: RequestSender, name: str, then: str) -> bool:
    is_asked = is_wanted(choice, has_findings=False)
    return is_asked and not was_skipped(sender, name, then, MODEL, ATTEMPTS)


def _ask_optional(
    ask: Ask, sender: RequestSender, name: str, about: str, value: dict[str, Any]
) -> tuple[dict[str, Any] | None, Usage]:
    """Return the reply and its usage, None for one that is unreadable or refused."""
    try:
        return ask(sender, name, about, value)
    except ExternalError as error:
        if not error.spoils_one_request:
            raise
        return None, Usage()
