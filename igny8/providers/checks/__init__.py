"""Check a finished article: findings with a number, a place and a remedy."""

from dataclasses import replace

from bs4 import BeautifulSoup

from igny8.providers.base import Assignment, Check, Draft
from igny8.providers.checks.blocks import Block, read_blocks
from igny8.providers.checks.citations import check_citations, without_source_list
from igny8.providers.checks.endings import check_empty_parts, check_endings
from igny8.providers.checks.keyword_use import keyword_checks
from igny8.providers.checks.language import check_language
from igny8.providers.checks.leaks import check_leaks, check_markup
from igny8.providers.checks.readability import readability_checks
from igny8.providers.checks.reasons import ERROR, explained
from igny8.providers.checks.repetition import (
    check_headings,
    check_paragraphs,
    check_sections,
    check_sentence_starts,
    check_sentences,
)
from igny8.providers.checks.search import search_checks
from igny8.providers.checks.sensitive import check_sensitive
from igny8.providers.checks.sources import Ground, check_numbers, check_years
from igny8.providers.checks.stock_phrases import check_stock_phrases
from igny8.providers.checks.widths import width_checks

__all__ = ["check_article", "check_order"]


def check_article(draft: Draft, job: Assignment) -> Draft:
    """Return the draft with its checks, errors first."""
    page = without_source_list(BeautifulSoup(draft.html, "html.parser"))
    blocks = read_blocks(page)
    found = (
        *search_checks(draft, job, page),
        *keyword_checks(draft, job, page, blocks),
        *width_checks(draft.meta_title or draft.title, draft.meta_description),
        *readability_checks(blocks, job.language),
        *_text_checks(draft, job, blocks),
    )
    if draft.citations:
        cited = check_citations(page, draft.citations, job.language)
        found = (*found, ("citations", cited))
    checks = [explained(kind, check) for kind, check in found]
    return replace(draft, checks=tuple(sorted(checks, key=check_order)))


def check_order(check: Check) -> tuple[bool, bool]:
    """Return what sorts failed checks first, errors before warnings."""
    return check.ok, check.severity != ERROR


def _text_checks(
    draft: Draft, job: Assignment, blocks: tuple[Block, ...]
) -> tuple[tuple[str, Check], ...]:
    facts = f"{job.voice.knowledge} {job.note} {job.primary.text} {job.title}"
    return (
        ("repeated_headings", check_headings(blocks)),
        ("repeated_sentences", check_sentences(blocks)),
        ("repeated_paragraphs", check_paragraphs(blocks)),
        ("repeated_parts", check_sections(blocks)),
        ("sentence_starts", check_sentence_starts(blocks)),
        ("unfinished_sentences", check_endings(blocks)),
        ("empty_parts", check_empty_parts(blocks)),
        ("leaks", check_leaks(blocks, draft, job.primary.text)),
        ("markup", check_markup(blocks, draft)),
        ("language", check_language(blocks, job.language)),
        ("unsourced_claims", check_numbers(blocks, Ground(facts, draft.citations, job.language))),
        ("past_years", check_years(blocks, draft)),
        ("stock_phrases", check_stock_phrases(blocks, job.language)),
        ("sensitive_topic", check_sensitive(draft.title, job.primary.text, draft.html)),
    )
