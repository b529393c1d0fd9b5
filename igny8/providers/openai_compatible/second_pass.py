"""Let the model rewrite the part of its article with the most serious failed checks."""

from dataclasses import dataclass, replace

from igny8.article_parts import ArticlePart, replace_part, split_parts
from igny8.errors import ExternalError
from igny8.providers.base import Assignment, Check, Draft, PartChangeRequest, RequestSender, Usage
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.checks import check_article
from igny8.providers.checks.places import part_to_mend
from igny8.providers.checks.reasons import ERROR
from igny8.providers.footnotes import settle_citations
from igny8.providers.openai_compatible.part_changes import change_part
from igny8.providers.openai_compatible.structured_output import StructuredClient

REQUEST = "second-pass"


@dataclass(frozen=True, slots=True)
class Improved:
    """The better draft, the usage of the rewrite, and its prompts."""

    draft: Draft
    used: Usage
    prompts: str


def improve(
    client: StructuredClient, job: Assignment, draft: Draft, sender: RequestSender
) -> Improved:
    """Return the draft with one part rewritten if an error check names that part.

    At most one request, and none if no error names a part. The first text is kept in `first_html`.
    A rewrite that fails more checks than it fixes is not used.
    """
    chosen = _part_with_most_errors(draft)
    if chosen is None:
        return Improved(draft, Usage(), "")
    part, faults = chosen
    wish = PartChangeRequest(
        title=one_line(job.title),
        heading=part.heading,
        html=part.html,
        wish="Mend what a check found: " + " ".join(check.text for check in faults),
        outline=draft.headings,
        keyword=one_line(job.primary.text),
        site_name=job.site_name,
        language=job.language,
        voice=job.voice,
        citations=draft.citations,
    )
    try:
        after, used, prompts = change_part(client, wish, sender, REQUEST)
    except ExternalError as error:
        if error.is_external_fault or not error.permanent:
            raise
        return Improved(draft, Usage(), "")  # the article is whole without it
    html = replace_part(draft.html, part.html, after)
    if html is None:
        return Improved(draft, used, prompts)
    citations = draft.citations
    if citations:
        html, citations = settle_citations(html, citations, job.language)
    changed = replace(draft, html=html, words=count_words(html), checks=(), first_html=draft.html)
    checked = check_article(replace(changed, citations=citations), job)
    better = _errors(checked) < _errors(draft)
    return Improved(checked if better else draft, used, prompts)


def _part_with_most_errors(draft: Draft) -> tuple[ArticlePart, list[Check]] | None:
    """Return the part that most errors name, with these errors; None without one."""
    parts = split_parts(draft.html)
    found: dict[int, list[Check]] = {}
    for check in draft.checks:
        if check.ok or check.severity != ERROR:
            continue
        part = part_to_mend(parts, check.kind, check.text)
        if part is not None:
            found.setdefault(part.number, []).append(check)
    if not found:
        return None
    number = max(found, key=lambda number: (len(found[number]), -number))
    return parts[number], found[number]


def _errors(draft: Draft) -> int:
    return sum(not check.ok and check.severity == ERROR for check in draft.checks)
