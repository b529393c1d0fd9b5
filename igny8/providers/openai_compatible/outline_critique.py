"""Let the model criticise an outline before the article is written: one request, within limits."""

from dataclasses import dataclass, replace

from igny8.critiques import is_wanted
from igny8.errors import ExternalError
from igny8.providers.base import (
    Assignment,
    OutlineReview,
    RequestSender,
    Section,
    Usage,
    was_skipped,
)
from igny8.providers.builtin.ideas.outline import MAX_HEADING_CHARS, MAX_SECTIONS
from igny8.providers.builtin.vocabulary import one_line, truncate
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.prose import plain_heading
from igny8.providers.openai_compatible.schemas import CriticisedOutline, CriticisedPart
from igny8.providers.openai_compatible.structured_output import ATTEMPTS, StructuredClient
from igny8.providers.outline_review import MAX_ADDED, review_outline

REQUEST, NEXT_REQUEST = "outline", "opening"


@dataclass(frozen=True, slots=True)
class Criticised:
    """The outline to follow, what the critique used, and its prompts."""

    review: OutlineReview
    used: Usage
    prompts: str = ""


class OutOfLimits(ValueError):
    """An outline that may not replace the planned one; says why."""


def criticise_outline(
    client: StructuredClient, job: Assignment, sender: RequestSender
) -> Criticised:
    """Return the outline of an assignment after the free review and, if wanted, the model's.

    Where the model's answer cannot be used, the outline is that of the free review.
    """
    review = review_outline(job)
    if not is_wanted(job.outline_critique, has_findings=bool(review.findings)) or was_skipped(
        sender, REQUEST, NEXT_REQUEST, client.model, ATTEMPTS
    ):
        return Criticised(review, Usage())
    planned, phrases = review.sections, _phrases(job)
    asked = question(
        "outline",
        job.voice,
        job.site_name,
        job.language,
        title=one_line(job.title),
        keyword=one_line(job.primary.text),
        intent=job.intent,
        angle=one_line(job.angle) or "none",
        added=str(MAX_ADDED),
        most=str(_most(planned)),
        outline="\n".join(f"{n}. {_line(section)}" for n, section in enumerate(planned, 1)),
        keywords="\n".join(f"{n}. {text}" for n, text in enumerate(phrases, 1)),
        findings="\n".join(review.findings) or "nothing",
    )
    used = Usage()
    try:
        answer, used = client.ask(sender, REQUEST, asked.messages, CriticisedOutline)
        sections = _sections(answer, planned, phrases)
    except OutOfLimits as why:
        return Criticised(_unchanged(review, f"{why}."), used, asked.prompt)
    except ExternalError as error:
        if not error.spoils_one_request:
            raise
        return Criticised(_unchanged(review, str(error)), used, asked.prompt)
    mended = review_outline(replace(job, outline=sections))
    changes = tuple(line for line in map(one_line, answer.changes) if line)
    if mended.sections == planned:
        changes = ()
    made = OutlineReview(mended.sections, review.findings, (*changes, *mended.findings))
    return Criticised(made, used, asked.prompt)


def _unchanged(review: OutlineReview, why: str) -> OutlineReview:
    return replace(review, changes=(f"The outline of the model was not used: {why}",))


def _phrases(job: Assignment) -> list[str]:
    """Return the keywords of an article, the main one first, each once."""
    texts = (one_line(phrase.text) for phrase in (job.primary, *job.secondary))
    return list(dict.fromkeys(text for text in texts if text))


def _most(planned: tuple[Section, ...]) -> int:
    """Return the most sections that an outline may have."""
    return max(MAX_SECTIONS, len(planned))


def _line(section: Section) -> str:
    points = "; ".join(section.points) or "none"
    return (
        f"{section.heading} (points: {points}; keywords: {', '.join(section.keywords) or 'none'})"
    )


def _sections(
    answer: CriticisedOutline, planned: tuple[Section, ...], phrases: list[str]
) -> tuple[Section, ...]:
    """Return the sections of an answer; raise OutOfLimits where it loses or adds too much."""
    free = dict(enumerate(planned, 1))
    given: set[int] = set()
    sections, added = [], 0
    for part in answer.parts:
        heading = truncate(one_line(plain_heading(part.heading)), MAX_HEADING_CHARS)
        if not heading:
            continue
        taken = [free.pop(number) for number in _planned_numbers(part, heading, free)]
        added += not taken
        numbers = [n for n in dict.fromkeys(part.keywords) if 1 <= n <= len(phrases)]
        keywords = tuple(phrases[n - 1] for n in numbers if n not in given)
        given.update(numbers)
        points = tuple(p for p in map(one_line, map(plain_heading, part.points)) if p)
        points = points or tuple(point for section in taken for point in section.points)
        role = taken[0].role if len(taken) == 1 else ""
        sections.append(Section(heading, points, keywords, role))
    if free:
        raise OutOfLimits(f"it leaves out “{next(iter(free.values())).heading}”")
    if added > MAX_ADDED or len(sections) > _most(planned):
        raise OutOfLimits(f"it has {added} new sections and {len(sections)} in all")
    return tuple(sections)


def _planned_numbers(part: CriticisedPart, heading: str, free: dict[int, Section]) -> list[int]:
    """Return the planned sections that a part is made of: those it names, else that of its name."""
    named = [number for number in dict.fromkeys(part.planned) if number in free]
    same = (n for n, section in free.items() if section.heading.casefold() == heading.casefold())
    return named or list(same)[:1]
