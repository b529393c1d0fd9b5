"""Check where a text uses its keyword; inflected forms count, as for search engines."""

from bs4 import BeautifulSoup

from igny8.providers.base import Assignment, Check, Draft
from igny8.providers.builtin.vocabulary import is_latin, slug_of, stems
from igny8.providers.checks.blocks import Block, quote

MAX_DENSITY, MIN_DENSITY = 0.03, 0.005  # of the words; Yoast SEO 3.6 uses 3 % and 0.5 %
MIN_WORDS_FOR_DENSITY = 100
MAX_SHARE_OF_HEADINGS = 0.75  # Yoast SEO: more reads like a list of keywords
MIN_HEADINGS = 4
EARLY_SHARE = 0.1  # of the text, by Rank Math
MAX_SLUG_CHARS = 75  # Rank Math


def keyword_checks(
    draft: Draft, job: Assignment, page: BeautifulSoup, blocks: tuple[Block, ...]
) -> tuple[tuple[str, Check], ...]:
    """Return (kind, check) for each place where the keyword is expected."""
    keyword = _Keyword(job.primary.text, job.language)
    text = " ".join(page.get_text(" ").split())
    return (
        ("keyword_in_title", keyword.check("the title", draft.title, "Put it in front")),
        ("keyword_in_description", keyword.check("the description", draft.meta_description, ONCE)),
        ("keyword_in_slug", _slug(keyword, draft.slug, job.language)),
        ("keyword_early", _early(keyword, text)),
        ("keyword_in_headings", _headings(keyword, blocks)),
        ("keyword_density", _density(keyword, text)),
        ("keyword_distribution", _distribution(keyword, blocks)),
        ("competing_links", _competing_links(keyword, page)),
    )


ONCE = "Name it once, where it is natural"


class _Keyword:
    """A keyword whose words are matched in any form and order."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self._language = text, language
        self._stems = stems(text, language)

    def is_in(self, text: str) -> bool:
        """Return whether a text contains all words of the keyword, in any form."""
        return self.text.casefold() in text.casefold() or self._stems <= stems_of(
            text, self._language
        )

    def is_reflected(self, text: str) -> bool:
        """Return whether a text contains more than half of the keyword's words."""
        return 2 * len(self._stems & stems_of(text, self._language)) > len(self._stems)

    def check(self, where: str, text: str, remedy: str) -> Check:
        if self.is_in(text):
            return Check(True, f"Keyword in {where}")
        return Check(False, f"No “{quote(self.text)}” in {where}. {remedy}.")


def stems_of(text: str, language: str) -> frozenset[str]:
    """Return the stems of all words of a text."""
    words = text.split()
    parts = (" ".join(words[at : at + 40]) for at in range(0, len(words), 40))
    return frozenset[str]().union(*(stems(part, language) for part in parts))


def _slug(keyword: _Keyword, slug: str, language: str) -> Check:
    size = f"Slug of {len(slug)} characters"
    if len(slug) > MAX_SLUG_CHARS:
        return Check(False, f"{size}. Shorten it to {MAX_SLUG_CHARS}.")
    wanted = set(slug_of(keyword.text.casefold(), language).split("-"))
    known = wanted & set(slug.split("-"))
    is_fine = 2 * len(known) > len(wanted) or keyword.is_reflected(slug.replace("-", " "))
    return Check(
        is_fine or not is_latin(slug),
        f"{size} with the keyword"
        if is_fine
        else f"{size} without “{quote(keyword.text)}”. "
        "Take it from the keyword, before the page is published.",
    )


def _early(keyword: _Keyword, text: str) -> Check:
    words = text.split()
    start = " ".join(words[: max(60, round(len(words) * EARLY_SHARE))])
    return keyword.check("the beginning of the text", start, "Name it in the first sentence")


def _headings(keyword: _Keyword, blocks: tuple[Block, ...]) -> Check:
    headings = [block.text for block in blocks if block.tag in ("h2", "h3")]
    found = sum(keyword.is_reflected(heading) for heading in headings)
    what = f"Keyword in {found} of {len(headings)} headings"
    if not found:
        return Check(False, f"No “{quote(keyword.text)}” in an H2. Name it in one of them.")
    if len(headings) >= MIN_HEADINGS and found > MAX_SHARE_OF_HEADINGS * len(headings):
        return Check(False, f"{what}. Say what is different in each part instead.")
    return Check(True, what)


def _density(keyword: _Keyword, text: str) -> Check:
    words = len(text.split())
    count = text.casefold().count(keyword.text.casefold())
    share = count * len(keyword.text.split()) / words if words else 0.0
    what = f"Keyword {count} times, {share:.1%} of the words"
    if share > MAX_DENSITY:
        return Check(
            False, f"{what}. More than {MAX_DENSITY:.0%} reads like a machine: take some out."
        )
    if words >= MIN_WORDS_FOR_DENSITY and share < MIN_DENSITY and count < 3:
        return Check(False, f"{what}. Name it at least {3 - count} more times where it is natural.")
    return Check(True, what)


def _distribution(keyword: _Keyword, blocks: tuple[Block, ...]) -> Check:
    """Check that every third of the text mentions the subject."""
    parts = [block for block in blocks if block.text]
    third = max(1, -(-len(parts) // 3))
    for part in (parts[:third], parts[third : 2 * third], parts[2 * third :]):
        if part and not any(keyword.is_reflected(block.text) for block in part):
            return Check(
                False,
                f"“{quote(keyword.text)}” is not mentioned for a third of the text, from "
                f"“{quote(part[0].text)}”. Name it there, or say how the part belongs to it.",
            )
    return Check(True, "Keyword in all thirds of the text")


def _competing_links(keyword: _Keyword, page: BeautifulSoup) -> Check:
    for link in page.find_all("a", href=True):
        anchor = " ".join(link.get_text(" ").split())
        if anchor.casefold() == keyword.text.casefold():
            return Check(
                False,
                f"The link “{quote(anchor)}” leads away with this page's own keyword. "
                "Give it other words.",
            )
    return Check(True, "No link gives the keyword away")
