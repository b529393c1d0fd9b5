"""Lay out an article: 4 to 8 sections whose headings come from the cluster's own keywords first."""

from igny8.providers.base import Section
from igny8.providers.builtin.ideas import words
from igny8.providers.builtin.ideas.signals import Reading, is_action
from igny8.providers.builtin.ideas.slots import FACET_OF_VOICE, FACET_WORDS, QUESTIONS, SLOTS
from igny8.providers.builtin.ideas.tongues import TONGUES

MOST, MOST_POINTS, HEADING = 8, 6, 90
CLOSING = ("problem", "after", "limit", "ask")
SPARE = ("why", "cost", "limit", "after", "ask")  # general sections that give way to a real keyword


class _Part:
    """A section while it is being filled."""

    def __init__(self, facet: str, heading: str, points: tuple[str, ...] = (), keyword: str | None = None):
        self.facet, self.heading, self.given = facet, heading, keyword is not None
        self.points, self.keywords = list(points), [keyword] if keyword else []

    def take(self, line: str, keyword: str) -> None:
        """Add a keyword, and its line as a point while there is room."""
        self.keywords.append(keyword)
        if len(self.points) < MOST_POINTS and line.casefold() != self.heading.casefold():
            self.points.append(line)


def english(primary: Reading, others: list[Reading]) -> tuple[Section, ...]:
    """Return the outline of an English article."""
    voice = "action" if primary.voice == "guide" and is_action(primary.subject) else primary.voice
    parts = [_Part(facet, _worded(heading, primary), points) for facet, heading, points in SLOTS[voice]]
    parts[0].keywords.append(primary.text)
    said = words.stems(primary.text, "en")
    for other in others:
        _place(parts, other, said)
    kept = [part for part in parts if part.keywords or part.heading != QUESTIONS[1] or len(parts) <= 4]
    return _sections(kept)


def _worded(heading: str, primary: Reading) -> str:
    subject = words.cut(words.sentence_case(primary.subject), 60)
    plain = subject if any(c.isupper() for c in subject[1:3]) else subject[:1].lower() + subject[1:]
    a, b = primary.sides or (plain, "the alternative")
    key = words.cut(words.sentence_case(primary.text.rstrip("?!. ")), 70)
    if heading.startswith("{K}, step") and "step" in key.casefold():
        heading = "Step by step"
    return words.capital(heading.format(K=key, s=plain, S=subject, a=a, b=b, A=words.capital(a), B=words.capital(b)))


def _place(parts: list[_Part], other: Reading, said: frozenset[str]) -> None:
    line = words.cut(words.sentence_case(other.asked), HEADING)
    if words.stems(other.text, "en") == said and other.voice in ("guide", "buying", "list"):
        parts[0].keywords.append(other.text)
        return
    facet = facet_of(other)
    slot = next((part for part in parts if part.facet == facet != "own"), None)
    if facet == "ask" and slot:
        slot.take(line, other.text)
    elif slot and not slot.given and facet != "basics":
        slot.heading, slot.given = line, True
        slot.keywords.append(other.text)
    elif slot:
        slot.take(line, other.text)
    elif len(parts) < MOST:
        parts.insert(_before_the_end(parts), _Part(facet, line, (), other.text))
    elif spare := next((part for part in parts if part.facet in SPARE and not part.keywords), None):
        parts.remove(spare)
        parts.insert(_before_the_end(parts), _Part(facet, line, (), other.text))
    else:
        max(parts[1:], key=lambda part: _closeness(part, other)).take(line, other.text)


def _before_the_end(parts: list[_Part]) -> int:
    """Return where a keyword's own section goes: after the core, before mistakes and questions."""
    ends = (at for at, part in enumerate(parts) if at > 1 and part.facet in CLOSING and not part.given)
    return next(ends, len(parts))


def facet_of(reading: Reading) -> str:
    """Return which side of the topic a keyword asks about; "own" for one that stands alone."""
    tokens = set(words.tokens(reading.text))
    voiced = FACET_OF_VOICE.get(reading.voice)
    if voiced in ("when", "how", "vs", "problem"):
        return voiced
    return next((facet for facet, marks in FACET_WORDS if tokens & marks), voiced or "own")


def _closeness(part: _Part, other: Reading) -> int:
    return len(words.stems(part.heading, "en") & words.stems(other.text, "en")) * 10 - len(part.points)


def foreign(primary: str, others: list[str], language: str) -> tuple[Section, ...]:
    """Return the outline in another language: its keywords, and the few headings we have words for."""
    tongue = TONGUES.get(language)
    own = [_Part("own", words.cut(words.capital(text), HEADING), (), text) for text in others[:6]]
    if not tongue:
        return _sections([_Part("own", words.cut(words.capital(primary), HEADING), (), primary), *own])
    opening, *middle, closing = tongue.headings
    middle = middle[:max(0, 6 - len(own))]
    return _sections([_Part("own", opening, (), primary), *own, *(_Part("own", h) for h in middle),
                      _Part("own", closing)])


def _sections(parts: list[_Part]) -> tuple[Section, ...]:
    sections, seen = [], set()
    for part in parts[:MOST]:
        if part.heading.casefold() not in seen:
            seen.add(part.heading.casefold())
            sections.append(Section(part.heading, tuple(dict.fromkeys(part.points)),
                                    tuple(dict.fromkeys(part.keywords))))
    return tuple(sections)
