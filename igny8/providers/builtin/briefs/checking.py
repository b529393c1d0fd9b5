"""Check the lengths and parts of a brief: short findings with the number and the remedy."""

from igny8.providers.base import Assignment, Check
from igny8.providers.builtin.vocabulary import UNSPACED, one_line, slug_of, stems
from igny8.providers.checks.search import DESCRIPTION, TITLE, WIDE_DESCRIPTION, WIDE_TITLE
from igny8.slug_scripts import LATIN, NATIVE


def run_checks(job: Assignment, title: str, slug: str, questions: list[str]) -> tuple[Check, ...]:
    """Return the checks in the order in which a reviewer reads."""
    script = LATIN if slug.isascii() else NATIVE
    own = slug_of(one_line(job.primary.text).casefold(), job.language, script)
    from_keyword = own in slug or slug in own
    return (
        *check_search_result(job.primary.text, title, job.meta_description, job.language),
        Check(
            from_keyword,
            f"Slug of {len(slug)} characters"
            + (" from the keyword" if from_keyword else ". Take it from the keyword."),
        ),
        _sections(job),
        _least(
            len(questions),
            1,
            "question that people search for",
            "questions that people search for",
            "Look for one in the search results.",
        ),
        _least(
            len(job.secondary),
            1,
            "secondary keyword",
            "secondary keywords",
            "The page has only its primary keyword.",
        ),
        _least(
            len(job.links),
            1,
            "internal link planned",
            "internal links planned",
            "Link it when the topic has another page.",
        ),
    )


def check_search_result(
    keyword: str, title: str, description: str, language: str = "en"
) -> tuple[Check, ...]:
    """Return the first of the `checks`: those of title and description in search results."""
    key, meta = one_line(keyword).casefold(), one_line(description)
    has_keyword = key in meta.casefold() or stems(key, language) <= stems(meta, language)
    return (
        _length("Title", len(title), WIDE_TITLE if UNSPACED.search(title) else TITLE),
        _keyword_in_title(title.casefold(), key, language),
        _length(
            "Description", len(meta), WIDE_DESCRIPTION if UNSPACED.search(meta) else DESCRIPTION
        ),
        Check(
            has_keyword,
            "Keyword in the description"
            if has_keyword
            else f"Description without “{key[:80]}”. Name it in the first sentence.",
        ),
    )


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


def _keyword_in_title(title: str, key: str, language: str) -> Check:
    at = title.find(key)
    if at < 0 and stems(key, language) <= stems(title, language):
        return Check(True, "Words of the keyword in the title")
    if at < 0:
        return Check(False, f"Title without “{key[:80]}”. Put it in front.")
    return Check(
        at <= 20,
        "Keyword in front of the title"
        if at <= 20
        else f"Keyword at character {at + 1} of the title. Move it to the front.",
    )


def _sections(job: Assignment) -> Check:
    count = len(job.outline)
    good = 4 <= count <= 8
    cure = (
        ""
        if good
        else ". Add some: 4 to 8 read well."
        if count < 4
        else ". Join some: 4 to 8 read well."
    )
    return Check(
        good,
        f"{count} {'section' if count == 1 else 'sections'} for {job.target_words:,} words{cure}",
    )


def _least(count: int, least: int, one: str, many: str, cure: str) -> Check:
    if count >= least:
        return Check(True, f"{count} {one if count == 1 else many}")
    return Check(False, f"No {one}. {cure}")
