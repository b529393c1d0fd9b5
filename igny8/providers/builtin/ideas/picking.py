"""Choose what a cluster's ideas are about: a primary keyword each, and the keywords that go with it."""

from dataclasses import dataclass
from math import log1p

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import words
from igny8.providers.builtin.ideas.signals import Reading, read

MOST_SECONDARY = 20
CLOSE = 0.45       # Dice overlap of stems from which a keyword belongs on the same page
SAME = 0.8         # and from which it would be the same page
NEW_FORMAT = 1.6   # how much more an idea counts when its format is new to the cluster
ONE_PAGE = {"guide": "core", "buying": "core", "how-to": "core", "questions": "core"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that was read: cleaned text, what it asks for, the stems that tell it apart."""

    phrase: Phrase
    text: str
    reading: Reading
    stems: frozenset[str]

    @property
    def weight(self) -> float:
        return 1 + log1p(max(0, self.phrase.volume or 0))

    @property
    def order(self) -> tuple:
        return (-(self.phrase.volume or 0), self.text.casefold(), self.phrase.key)


def candidates(topic: Topic, english: bool) -> list[Candidate]:
    """Return the topic's phrases that have any text, most searched first."""
    language = topic.language.split("-")[0].casefold()
    found = []
    for phrase in topic.phrases:
        text = words.clean(phrase.text)
        if text:
            own = words.stems(text, language)
            inherits = overlap(own, words.stems(topic.name, language)) >= SAME
            reading = read(text, phrase.intent or (topic.intent if inherits else None)) \
                if english and words.is_latin(text) else Reading(text, "guide", text, None, text)
            found.append(Candidate(phrase, text, reading, own))
    return sorted(found, key=lambda c: c.order)


def primaries(found: list[Candidate], topic: Topic, count: int) -> list[Candidate]:
    """Return up to `count` candidates, none of them the same page as another or as a covered one."""
    covered = set(topic.covered)
    pages = [c for c in found if c.phrase.key in covered]
    open_ = [c for c in found if c.phrase.key not in covered]
    formats, chosen = set(topic.formats), []
    while open_ and len(chosen) < count:
        open_ = [c for c in open_ if not any(_same_page(c, page) for page in pages)]
        if not open_:
            break
        best = max(open_, key=lambda c: (_score(c, formats, bool(pages)), tuple(-ord(x) for x in c.text[:40])))
        chosen.append(best)
        pages.append(best)
        formats.add(best.reading.format)
        open_.remove(best)
    return chosen


def _score(candidate: Candidate, formats: set[str], later: bool) -> float:
    fresh = later and candidate.reading.format not in formats
    return candidate.weight * (NEW_FORMAT if fresh else 1)


def _same_page(one: Candidate, other: Candidate) -> bool:
    kinds = [ONE_PAGE.get(c.reading.voice, c.reading.voice) for c in (one, other)]
    if one.text.casefold() == other.text.casefold():
        return True
    return kinds[0] == kinds[1] and overlap(one.stems, other.stems) >= SAME


def secondaries(found: list[Candidate], chosen: list[Candidate], topic: Topic) -> list[list[Candidate]]:
    """Return, for every chosen candidate, the phrases that its page serves; each goes to one page."""
    taken = {c.phrase.key for c in chosen} | set(topic.covered)
    groups = [[] for _ in chosen]
    for candidate in found:
        if candidate.phrase.key in taken:
            continue
        fits = [_fit(candidate, page) for page in chosen]
        best = max(range(len(fits)), key=lambda at: (fits[at], -at), default=None)
        if best is not None and fits[best] > 0 and len(groups[best]) < MOST_SECONDARY:
            groups[best].append(candidate)
    return groups


def _fit(candidate: Candidate, page: Candidate) -> float:
    if (candidate.reading.voice == "local") != (page.reading.voice == "local"):
        return 0
    near = overlap(candidate.stems, page.stems)
    if near < CLOSE and not page.stems <= candidate.stems:
        return 0
    return near + (0.2 if candidate.reading.format == page.reading.format else 0)


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Dice coefficient of two sets of stems, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
