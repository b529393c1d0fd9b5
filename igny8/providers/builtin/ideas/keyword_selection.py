"""Choose what a cluster's ideas are about: a primary keyword each, and the keywords that go with it."""

from dataclasses import dataclass
from math import sqrt

from igny8.providers.base import Phrase, Topic
from igny8.providers.builtin.ideas import vocabulary
from igny8.providers.builtin.ideas.intent_signals import KeywordSignals, read_signals
from igny8.providers.builtin.ideas.languages import LANGUAGES

MOST_SECONDARY = 20
CLOSE = 0.45  # Dice overlap of stems from which a keyword belongs on the same page
SAME = 0.8  # and from which it would be the same page
NEW_FORMAT = 1.6  # how much more an idea counts when its format is new to the cluster
OVERVIEW = 0.3  # what an overview's fit is worth: less than that of any page of its own
SERVED = 0.5  # how much less an idea counts that an earlier page can serve as well
COVERS = 0.25  # how much a keyword counts for a page that serves it besides its own
HALF = 0.45  # the share of a topic's weight from which a stem belongs to the topic itself
OVERVIEWS = ("guide", "buying", "how-to", "service", "local", "problem")
PLAIN = ("guide", "how-to", "problem")
NEARBY = ("local", "service", "cost", "review", "list", "buying", "guide")
ONE_PAGE = {"guide": "core", "buying": "core", "how-to": "core", "questions": "core"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase that was read: cleaned text, what it asks for, the stems that tell it apart."""

    phrase: Phrase
    text: str
    reading: KeywordSignals
    stems: frozenset[str]

    @property
    def weight(self) -> float:
        return 1 + sqrt(max(0, self.phrase.demand))

    @property
    def order(self) -> tuple:
        return (-self.phrase.demand, self.text.casefold(), self.phrase.key)


def candidates(topic: Topic, english: bool) -> list[Candidate]:
    """Return the topic's phrases that have any text, most searched first."""
    language = topic.language.split("-")[0].casefold()
    found = []
    for phrase in topic.phrases:
        text = vocabulary.one_line(phrase.text)
        if text:
            own = vocabulary.stems(text, language)
            inherits = overlap(own, vocabulary.stems(topic.name, language)) >= SAME
            if english and vocabulary.is_latin(text):
                inherited = topic.intent if inherits and topic.intent != "informational" else None
                reading = read_signals(text, phrase.intent or inherited)
            else:
                voice = LANGUAGES[language].voice_of(text) if language in LANGUAGES else "guide"
                reading = KeywordSignals(text, voice, text, None, text)
            found.append(Candidate(phrase, text, reading, own))
    return sorted(found, key=lambda c: c.order)


def primaries(found: list[Candidate], topic: Topic, count: int) -> list[Candidate]:
    """Return up to `count` candidates, none of them the same page as another or as a covered one.

    A page counts for its own searches and for those of the keywords that it would serve besides.
    """
    covered = set(topic.covered)
    common = _common(found)
    pages = [c for c in found if c.phrase.key in covered]
    open_ = [c for c in found if c.phrase.key not in covered]
    formats, chosen, served = set(topic.formats), [], set()
    while open_ and len(chosen) < count:
        open_ = [c for c in open_ if not any(_same_page(c, page) for page in pages)]
        if not open_:
            break
        best = max(
            open_,
            key=lambda c: (
                _score(c, open_, served, common, formats, bool(pages)),
                tuple(-ord(x) for x in c.text[:40]),
            ),
        )
        chosen.append(best)
        pages.append(best)
        served |= {c.phrase.key for c in found if _fit(c, best, common)}
        formats.add(best.reading.format)
        open_.remove(best)
    return chosen


def _common(found: list[Candidate]) -> frozenset[str]:
    """Return the stems that are the topic's own: in at least half of its phrases, by weight."""
    shares: dict[str, float] = {}
    for c in found:
        for stem in c.stems:
            shares[stem] = shares.get(stem, 0.0) + c.weight
    half = sum(c.weight for c in found) * HALF
    return frozenset(stem for stem, share in shares.items() if share >= half)


def _score(
    candidate: Candidate,
    open_: list[Candidate],
    served: set[int],
    common: frozenset[str],
    formats: set[str],
    later: bool,
) -> float:
    fresh = later and candidate.reading.format not in formats
    gain = sum(
        c.weight
        for c in open_
        if c is not candidate and c.phrase.key not in served and _fit(c, candidate, common)
    )
    own = candidate.weight if candidate.phrase.key not in served else candidate.weight * SERVED
    return own * (NEW_FORMAT if fresh else 1) + gain * COVERS


def _same_page(one: Candidate, other: Candidate) -> bool:
    kinds = [ONE_PAGE.get(c.reading.voice, c.reading.voice) for c in (one, other)]
    if one.text.casefold() == other.text.casefold():
        return True
    return kinds[0] == kinds[1] and overlap(one.stems, other.stems) >= SAME


def secondaries(
    found: list[Candidate], chosen: list[Candidate], topic: Topic
) -> list[list[Candidate]]:
    """Return, for every chosen candidate, the phrases that its page serves; each goes to one page."""
    taken = {c.phrase.key for c in chosen} | set(topic.covered)
    common = _common(found)
    groups = [[] for _ in chosen]
    for candidate in found:
        if candidate.phrase.key in taken:
            continue
        fits = [_fit(candidate, page, common) for page in chosen]
        best = max(range(len(fits)), key=lambda at: (fits[at], -at), default=None)
        if best is not None and fits[best] > 0 and len(groups[best]) < MOST_SECONDARY:
            groups[best].append(candidate)
    return groups


def _fit(candidate: Candidate, page: Candidate, common: frozenset[str]) -> float:
    """Return how well a page serves a keyword, 0 for not at all.

    What tells the page apart must be in the keyword too; a page that nothing tells apart is the
    overview of its topic, and serves whatever has the topic's own words.
    """
    if candidate.reading.voice == "local" and page.reading.voice not in (
        "local",
        "buying",
        "service",
    ):
        return 0
    near = overlap(candidate.stems, page.stems)
    same = 0.2 if candidate.reading.format == page.reading.format else 0
    if near >= SAME or page.stems <= candidate.stems:
        return near + same
    special = (
        page.stems
        - common
        - (vocabulary.GENERIC if page.reading.voice in PLAIN else vocabulary.SIZES)
    )
    if special:
        return near + same if near >= CLOSE and special <= candidate.stems else 0
    if page.reading.voice not in OVERVIEWS or not common & candidate.stems:
        return 0
    if page.reading.voice == "local" and candidate.reading.voice not in NEARBY:
        return 0
    return OVERVIEW + near / 4


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Dice coefficient of two sets of stems, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
