"""Turn a topic into ideas: one per question of its keywords, up to a number."""

from dataclasses import replace

from igny8.providers.base import Idea, Topic
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.keyword_selection import assign_secondaries, choose_primaries
from igny8.providers.builtin.ideas.meta import angle_of, description_of
from igny8.providers.builtin.ideas.outline import outline_of
from igny8.providers.builtin.ideas.reading import (
    Candidate,
    Reading,
    is_written_in,
    read_topic,
)
from igny8.providers.builtin.ideas.titles import titles_of
from igny8.providers.builtin.wording.kinds import guidance_kind
from igny8.providers.builtin.wording.outlines import WORDS

WORDS_PER_KEYWORD, MAX_EXTRA_WORDS = 80, 800
SHOPPING = ("commercial", "transactional")
COMMERCIAL = ("choose", "list", "compare", "review", "cost")


def propose(topic: Topic, count: int) -> tuple[Idea, ...]:
    """Return up to `count` ideas; fewer or none if the topic has no other question."""
    reading = read_topic(topic)
    chosen = choose_primaries(reading, max(0, count))
    pages = zip(chosen, assign_secondaries(reading, chosen), strict=True)
    return tuple(
        _idea(page, others, reading, number) for number, (page, others) in enumerate(pages)
    )


def _idea(page: Candidate, others: list[Candidate], reading: Reading, number: int) -> Idea:
    if reading.pack and not is_written_in(page.text, reading.pack):
        reading = replace(reading, pack=None)
    kind = page.kind
    outline = outline_of(page, others, reading, kind)
    length = WORDS[page.family] + min(MAX_EXTRA_WORDS, WORDS_PER_KEYWORD * len(others))
    return Idea(
        titles=titles_of(page, others, outline, reading, number),
        slug=vocabulary.slug_of(page.text, reading.topic.language, reading.topic.slug_script),
        meta_description=description_of(page, others, outline, reading),
        primary=page.phrase.key,
        secondary=tuple(other.phrase.key for other in others),
        format=page.format,
        intent=_intent(page, reading.topic),
        angle=angle_of(page, reading, guidance_kind(kind, page.family)),
        target_words=length - length % 50,
        outline=outline,
    )


def _intent(page: Candidate, topic: Topic) -> str:
    """Return the intent of the page: from the file, the keyword or the topic."""
    if page.phrase.intent:
        return page.phrase.intent
    if page.family == "local":
        return "local" if topic.intent not in SHOPPING else topic.intent
    if page.family in COMMERCIAL:
        return topic.intent if topic.intent in SHOPPING else "commercial"
    return topic.intent if page.family == "understand" else "informational"
