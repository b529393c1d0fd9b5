"""Check what search results and readers of a page see first: lengths, keywords, headings, links."""

import re

from bs4 import BeautifulSoup, Tag

from igny8.providers.base import Assignment, Check, Draft

TITLE_CHARS, META_DESCRIPTION_CHARS = (50, 60), (120, 155)
LENGTH_TOLERANCE = 0.25
MAX_PARAGRAPH_WORDS = 150
MAX_KEYWORD_DENSITY = 0.03


def search_checks(draft: Draft, job: Assignment, page: BeautifulSoup) -> tuple[Check, ...]:
    """Return the checks of lengths, keywords, headings and links, as a reviewer reads them."""
    key = job.primary.text.casefold()
    text = " ".join(page.get_text(" ").split()).casefold()
    opening = _text(page.find("p"))
    headings = " | ".join(_text(heading) for heading in page.find_all("h2"))
    return (
        _words(draft.words, job.target_words),
        _length("Title", len(draft.title), TITLE_CHARS),
        _has("the title", draft.title, key, "Put it in front"),
        _length("Description", len(draft.meta_description), META_DESCRIPTION_CHARS),
        _has("the first paragraph", opening, key, "Name it in the first sentence"),
        _has("an H2", headings, key, "Name it in one of them"),
        _secondary(text, job),
        _headings(page),
        _links(page, job),
        _paragraphs(page),
        _density(text, key),
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


def _has(where: str, text: str, key: str, cure: str) -> Check:
    if key in text.casefold():
        return Check(True, f"Keyword in {where}")
    return Check(False, f"No “{key[:80]}” in {where}. {cure}.")


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


def _density(text: str, key: str) -> Check:
    words = len(text.split())
    count = text.count(key) if key else 0
    share = count * len(key.split()) / words if words else 0.0
    cure = (
        ""
        if share <= MAX_KEYWORD_DENSITY
        else f". More than {MAX_KEYWORD_DENSITY:.0%} reads like a machine: take some out."
    )
    return Check(not cure, f"Keyword {count} times, {share:.1%} of the words{cure}")


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag is not None else ""
