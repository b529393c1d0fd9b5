"""The sections of a brief: what each must cover, and how long it may be."""

from igny8.providers.base import Assignment, Phrase, Section
from igny8.providers.builtin.ideas.reading import read_phrase
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.casing import (
    upper_first,
)

WEIGHTS = {"steps": 1.8, "candidates": 1.8, "side_by_side": 1.5, "short_answer": 0.5, "glance": 0.6}
OPENING_WORDS = 60  # before the first heading: the first answer and nothing else


def sections_of(job: Assignment, words: Pack) -> list[dict]:
    """Return the sections with their required content and word counts."""
    weights = [_weight(section) for section in job.outline]
    each = max(0, job.target_words - OPENING_WORDS) / (sum(weights) or 1)
    return [
        {
            "heading": one_line(section.heading),
            "points": [point for point in map(one_line, section.points) if point],
            "keywords": [word for word in map(one_line, section.keywords) if word],
            "length": _length(max(50, round(each * weight / 10) * 10), words),
            "cover": _cover(section, job, words),
        }
        for section, weight in zip(job.outline, weights, strict=True)
    ]


def _length(count: int, words: Pack) -> str:
    return upper_first(words.brief["words"].replace("{n}", words.number(count)))


def _cover(section: Section, job: Assignment, words: Pack) -> str:
    """Return what a section must cover; for a keyword, what the keyword asks."""
    known = words.all_sections.get(section.role)
    if known or not section.keywords:
        return known.instruction if known else words.brief["plain"]
    asked = read_phrase(Phrase(0, section.keywords[0]), job.language)
    return words.own.get(asked.family, words.brief["plain"])


def _weight(section: Section) -> float:
    size = 1 + 0.4 * len(section.points) + 0.25 * len(section.keywords)
    return size * WEIGHTS.get(section.role, 1)
