"""Check what search results and readers see first: lengths, headings, links."""

import re

from bs4 import BeautifulSoup, Tag

from igny8.providers.base import Assignment, Check, Draft
from igny8.providers.builtin.vocabulary import UNSPACED
from igny8.providers.checks.blocks import quote

TITLE, DESCRIPTION = (40, 60), (120, 155)  # characters
WIDE_TITLE, WIDE_DESCRIPTION = (16, 32), (61, 80)  # of scripts that are twice as wide
LENGTH_TOLERANCE = 0.25
MAX_PARAGRAPH_WORDS = 150


def result_lengths(title: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return (minimum, maximum) lengths of titles and descriptions, by script."""
    is_wide = UNSPACED.search(title) is not None
    return (WIDE_TITLE, WIDE_DESCRIPTION) if is_wide else (TITLE, DESCRIPTION)


def search_checks(
    draft: Draft, job: Assignment, page: BeautifulSoup
) -> tuple[tuple[str, Check], ...]:
    """Return (kind, check) of lengths, headings and links, in reading order."""
    text = " ".join(page.get_text(" ").split()).casefold()
    titles, descriptions = result_lengths(draft.title)
    return (
        ("length", _words(draft.words, job.target_words)),
        ("title_length", _length("Title", len(draft.title), titles)),
        ("description_length", _length("Description", len(draft.meta_description), descriptions)),
        ("secondary_keywords", _secondary(text, job)),
        ("heading_levels", _headings(page)),
        ("single_title", _single_title(page)),
        ("internal_links", _links(page, job)),
        ("paragraph_length", _paragraphs(page)),
    )


def _words(count: int, target: int) -> Check:
    low, high = round(target * (1 - LENGTH_TOLERANCE)), round(target * (1 + LENGTH_TOLERANCE))
    cure = (
        ""
        if low <= count <= high
        else f". Lengthen it to {low:,}."
        if count < low
        else f". Cut it to {high:,}."
    )
    return Check(not cure, f"{count:,} words of {target:,} planned{cure}")


def _length(what: str, size: int, bounds: tuple[int, int]) -> Check:
    low, high = bounds
    cure = (
        ""
        if low <= size <= high
        else f". Lengthen it to {low}–{high}."
        if size < low
        else f". Cut it to {high}."
    )
    return Check(not cure, f"{what} {size} characters{cure}")


def _single_title(page: BeautifulSoup) -> Check:
    title = page.find("h1")
    if title is None:
        return Check(True, "No second title in the text")
    return Check(False, f"“{quote(_text(title))}” is a second title (H1). Make it an H2.")


def _secondary(text: str, job: Assignment) -> Check:
    wanted = [phrase.text for phrase in job.secondary]
    missing = [phrase for phrase in wanted if phrase.casefold() not in text]
    if not wanted:
        return Check(True, "No secondary keyword is planned")
    used = f"{len(wanted) - len(missing)} of {len(wanted)} secondary keywords used"
    return Check(
        2 * len(missing) <= len(wanted),
        used
        if 2 * len(missing) <= len(wanted)
        else f"{used}. Use “{missing[0][:80]}” where it is natural.",
    )


def _headings(page: BeautifulSoup) -> Check:
    levels = [int(h.name[1]) for h in page.find_all(re.compile("^h[1-6]$"))]
    skipped = any(after - before > 1 for before, after in zip([1, *levels], levels, strict=False))
    count = levels.count(2)
    if skipped:
        return Check(False, "A heading skips a level. Use H2 for parts and H3 below them.")
    return Check(
        count >= 3,
        f"{count} H2 headings" + ("" if count >= 3 else ". Part the text: 3 or more read well."),
    )


def _links(page: BeautifulSoup, job: Assignment) -> Check:
    count = len(page.find_all("a", href=True))
    if count:
        return Check(True, f"{count} internal {'link' if count == 1 else 'links'}")
    if not job.links:
        return Check(True, "No other page of the site to link to yet")
    return Check(False, f"No internal link. Link “{job.links[0].title[:80]}”.")


def _paragraphs(page: BeautifulSoup) -> Check:
    longest = max((len(_text(p).split()) for p in page.find_all("p")), default=0)
    cure = (
        ""
        if longest <= MAX_PARAGRAPH_WORDS
        else f". Part it: over {MAX_PARAGRAPH_WORDS} is hard to read."
    )
    return Check(not cure, f"Longest paragraph {longest} words{cure}")


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""
