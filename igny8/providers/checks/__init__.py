"""Check a finished article: findings with their number, their place and what to do about them."""

from dataclasses import replace

from bs4 import BeautifulSoup

from igny8.providers.base import Assignment, Check, Draft
from igny8.providers.checks.blocks import read_blocks
from igny8.providers.checks.endings import check_empty_parts, check_endings
from igny8.providers.checks.language import check_language
from igny8.providers.checks.leaks import check_leaks, check_markup
from igny8.providers.checks.repetition import (
    check_headings,
    check_paragraphs,
    check_sections,
    check_sentence_starts,
    check_sentences,
)
from igny8.providers.checks.search import search_checks
from igny8.providers.checks.sources import check_numbers, check_years
from igny8.providers.checks.stock_phrases import check_stock_phrases

__all__ = ["check_article"]


def check_article(draft: Draft, job: Assignment) -> Draft:
    """Return the draft with its checks: of search results first, then of the text itself."""
    page = BeautifulSoup(draft.html, "html.parser")
    return replace(
        draft, checks=(*search_checks(draft, job, page), *_text_checks(draft, job, page))
    )


def _text_checks(draft: Draft, job: Assignment, page: BeautifulSoup) -> tuple[Check, ...]:
    blocks = read_blocks(page)
    facts = " ".join((job.voice.knowledge, job.note, job.primary.text, job.title))
    return (
        check_headings(blocks),
        check_sentences(blocks),
        check_paragraphs(blocks),
        check_sections(blocks),
        check_sentence_starts(blocks),
        check_endings(blocks),
        check_empty_parts(blocks),
        check_leaks(blocks, draft, job.primary.text),
        check_markup(blocks, draft),
        check_language(blocks, job.language),
        check_numbers(blocks, facts),
        check_years(blocks, draft),
        check_stock_phrases(blocks, job.language),
    )
