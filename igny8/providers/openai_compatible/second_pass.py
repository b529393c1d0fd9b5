"""Let the model rewrite the one part of its article that checks and its critique find weakest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup

from igny8.article_parts import ArticlePart, replace_part, split_parts
from igny8.errors import ExternalError
from igny8.providers.base import Assignment, Draft, PartChangeRequest, RequestSender, Usage
from igny8.providers.builtin.briefs.html import count_words
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.checks import check_article, check_order
from igny8.providers.checks.places import part_to_mend
from igny8.providers.checks.reasons import ERROR
from igny8.providers.footnotes import settle_citations
from igny8.providers.openai_compatible.part_changes import change_part
from igny8.providers.openai_compatible.structured_output import StructuredClient
from igny8.providers.openai_compatible.text_critique import criticise_text, weak_part_check

REQUEST = "second-pass"
MIN_LENGTH_KEPT = 1 / 3  # of the words of a part: a rewrite mends it and does not empty it


@dataclass(frozen=True, slots=True)
class Improved:
    """The better draft, what the rewrite used, and its prompts."""

    draft: Draft
    used: Usage
    prompts: str


def improve(
    client: StructuredClient, job: Assignment, draft: Draft, sender: RequestSender
) -> Improved:
    """Return the draft with the weakest part rewritten, by its failed checks and the critique.

    One critique and one rewrite at most; no rewrite where neither names a part. The first text is
    kept in `first_html`. A rewrite that fails more checks than it mends is not used. Weak parts
    that were not rewritten become checks.
    """
    parts = split_parts(draft.html)
    faults = _errors_by_part(parts, draft)
    critique = criticise_text(client, job, parts, sender, has_faults=bool(faults))
    weak = critique.reasons
    if not faults and not weak:
        return Improved(draft, critique.used, critique.prompts)
    number = max({**faults, **weak}, key=lambda n: (len(faults.get(n, ())) + (n in weak), -n))
    wish = _wish(job, draft, parts[number], faults.get(number, []), weak.get(number, ""))
    better = _rewrite(client, job, draft, wish, sender, is_faultless=number not in faults)
    if better.draft is not draft:
        weak = {n: reason for n, reason in weak.items() if n != number}
    seen = tuple(weak_part_check(parts[n], reason) for n, reason in weak.items())
    checks = sorted((*better.draft.checks, *seen), key=check_order)
    prompts = ", ".join(filter(None, (critique.prompts, better.prompts)))
    made = replace(better.draft, checks=tuple(checks)) if seen else better.draft
    return Improved(made, critique.used + better.used, prompts)


def _errors_by_part(parts: Sequence[ArticlePart], draft: Draft) -> dict[int, list[str]]:
    """Return {number of a part: texts of the errors that name it}."""
    found: dict[int, list[str]] = {}
    for check in draft.checks:
        if check.ok or check.severity != ERROR:
            continue
        part = part_to_mend(parts, check.kind, check.text)
        if part is not None:
            found.setdefault(part.number, []).append(check.text)
    return found


def _wish(
    job: Assignment, draft: Draft, part: ArticlePart, faults: Sequence[str], reason: str
) -> PartChangeRequest:
    mend = f"Mend what a check found: {' '.join(faults)}" if faults else ""
    strengthen = f"Mend what a reader found weak: {reason}" if reason else ""
    return PartChangeRequest(
        title=one_line(job.title),
        heading=part.heading,
        html=part.html,
        wish=" ".join(filter(None, (mend, strengthen))),
        outline=draft.headings,
        keyword=one_line(job.primary.text),
        site_name=job.site_name,
        language=job.language,
        voice=job.voice,
        citations=draft.citations,
    )


def _rewrite(
    client: StructuredClient,
    job: Assignment,
    draft: Draft,
    wish: PartChangeRequest,
    sender: RequestSender,
    *,
    is_faultless: bool,
) -> Improved:
    """Return the draft with one part rewritten; the same draft where that is no better.

    A part that failed no check (`is_faultless`) may fail as few afterwards.
    """
    try:
        after, used, prompts = change_part(client, wish, sender, REQUEST)
    except ExternalError as error:
        if not error.spoils_one_request:
            raise
        return Improved(draft, Usage(), "")  # the article is whole without it
    html = replace_part(draft.html, wish.html, after)
    if html is None or not _keeps_substance(wish.html, after):
        return Improved(draft, used, prompts)
    citations = draft.citations
    if citations:
        html, citations = settle_citations(html, citations, job.language)
    changed = replace(draft, html=html, words=count_words(html), checks=(), first_html=draft.html)
    checked = check_article(replace(changed, citations=citations), job)
    before, now = _failed(draft), _failed(checked)
    is_better = now < before or (is_faultless and now == before)
    return Improved(checked if is_better else draft, used, prompts)


def _keeps_substance(before: str, after: str) -> bool:
    """Return whether a rewrite has the links of the part, and enough of its length."""
    links = {link["href"] for link in BeautifulSoup(before, "html.parser").find_all("a", href=True)}
    kept = {link["href"] for link in BeautifulSoup(after, "html.parser").find_all("a", href=True)}
    return links <= kept and count_words(after) >= MIN_LENGTH_KEPT * count_words(before)


def _failed(draft: Draft) -> tuple[int, int]:
    """Return the errors and the warnings of a draft: fewer errors count more than warnings."""
    failed = [check.severity for check in draft.checks if not check.ok]
    return failed.count(ERROR), len(failed)
