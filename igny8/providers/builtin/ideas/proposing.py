"""Turn a topic into ideas: one for each page that its keywords ask for, up to a number."""

from igny8.providers.base import Idea, Topic
from igny8.providers.builtin.ideas import meta, outline, titles, vocabulary
from igny8.providers.builtin.ideas.intent_signals import SHOPPING
from igny8.providers.builtin.ideas.keyword_selection import (
    Candidate,
    candidates,
    primaries,
    secondaries,
)

WORDS = {
    "guide": 1400,
    "buying": 1500,
    "problem": 1000,
    "how-to": 1200,
    "comparison": 1300,
    "list": 1600,
    "review": 1200,
    "timing": 900,
    "yesno": 700,
    "questions": 900,
    "glossary": 700,
    "local": 900,
    "service": 1200,
    "cost": 1000,
    "remedy": 1000,
    "lookup": 800,
}
SELECTIVE = {
    "best",
    "top",
    "cheapest",
    "beste",
    "besten",
    "bester",
    "bestes",
    "test",
    "testsieger",
    "vergleich",
    "meilleur",
    "meilleure",
    "meilleurs",
    "comparatif",
    "mejor",
    "mejores",
    "miglior",
    "migliori",
    "melhor",
    "melhores",
}
WORDS_A_KEYWORD, MOST_EXTRA = 80, 800


def propose(topic: Topic, count: int) -> tuple[Idea, ...]:
    """Return up to `count` ideas; fewer, or none, when the topic holds no further page of its own."""
    language = topic.language.split("-")[0].casefold()
    found = candidates(topic, language == "en")
    chosen = primaries(found, topic, max(0, count))
    groups = secondaries(found, chosen, topic)
    return tuple(
        _idea(page, others, topic, language) for page, others in zip(chosen, groups, strict=True)
    )


def _idea(page: Candidate, others: list[Candidate], topic: Topic, language: str) -> Idea:
    reading = page.reading
    if language == "en" and vocabulary.is_latin(page.text) and vocabulary.is_plain(page.text):
        near = [o.reading for o in others if vocabulary.is_latin(o.text)]
        named = titles.english(reading, near, len(outline.entries(reading, near)))
        described, parts = meta.english(reading, near), outline.english(reading, near)
    else:
        near = [o.text for o in others]
        named = titles.foreign(reading, near, language, vocabulary.one_line(topic.name))
        described = meta.foreign(page.text, near, language)
        parts = outline.foreign(reading, [o.reading for o in others], language)
    length = WORDS[reading.voice] + min(MOST_EXTRA, WORDS_A_KEYWORD * len(others))
    return Idea(
        titles=named,
        slug=vocabulary.slug_of(page.text, language),
        meta_description=described,
        primary=page.phrase.key,
        secondary=tuple(o.phrase.key for o in others),
        format=reading.format,
        intent=_intent(page, topic),
        angle=meta.angle(reading),
        target_words=length - length % 50,
        outline=parts,
    )


def _intent(page: Candidate, topic: Topic) -> str:
    """Return the intent of the page: the file's word for it, what the keyword says, or the topic's."""
    voice = page.reading.voice
    if page.phrase.intent:
        return page.phrase.intent
    if voice == "local":
        return "local"
    if voice in ("service", "cost"):
        return topic.intent if topic.intent in (*SHOPPING, "local") else "commercial"
    if voice in ("comparison", "review", "buying") or (
        voice == "list" and SELECTIVE & set(vocabulary.tokens(page.text))
    ):
        return topic.intent if topic.intent in SHOPPING else "commercial"
    return topic.intent if voice in ("guide", "list") else "informational"
