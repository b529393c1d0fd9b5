"""Put the keywords of a page where they belong: into the section that they share a meaning with."""

from igny8.providers.base import Section
from igny8.providers.builtin.ideas import vocabulary
from igny8.providers.builtin.ideas.intent_signals import KeywordSignals, head, is_action
from igny8.providers.builtin.ideas.languages.nouns import nouns_large
from igny8.providers.builtin.ideas.outline_templates import (
    FACET_OF_VOICE,
    FACET_WORDS,
    OWN_ROLES,
    QUESTIONS,
    RELATED,
)

MOST, MOST_POINTS, MOST_RELATED, HEADING = 8, 6, 10, 90
SAME = 0.8
CLOSING = ("avoid", "after", "limit", "ask", "prevent", "related")
SPARE = (
    "why",
    "limit",
    "after",
    "extra",
    "asks",
    "start",
    "mistakes",
)  # they give way to a real keyword
SWAPPED = (
    "when",
    "how",
    "vs",
    "cost",
    "types",
    "why",
    "tools",
)  # a keyword's own words replace the general ones
SAME_PLACE = {"kinds": "types"}
VARIANTS = ("guide", "buying", "list", "service", "action")


class Part:
    """A section while it is being filled."""

    def __init__(
        self,
        role: str,
        facet: str,
        heading: str,
        points: tuple[str, ...] = (),
        keyword: str | None = None,
    ):
        self.role, self.facet, self.heading, self.given = role, facet, heading, keyword is not None
        self.points, self.keywords = list(points), [keyword] if keyword else []

    def take(self, line: str, keyword: str, most: int = MOST_POINTS) -> None:
        """Add a keyword, and its line as a point while there is room."""
        self.keywords.append(keyword)
        if len(self.points) < most and line.casefold() != self.heading.casefold():
            self.points.append(line)


class Plan:
    """The sections of one page; place() finds room for one keyword after another."""

    def __init__(
        self, parts: list[Part], primary: KeywordSignals, language: str, related: str = RELATED[2]
    ):
        self.parts, self._language, self._related = parts, language, related
        self._core = self._stems(primary.text) | self._stems(primary.subject)
        self._primary, self._fixed = primary, language == "en"
        parts[0].keywords.insert(0, primary.text)

    def place(self, other: KeywordSignals) -> None:
        """Put a keyword under the heading that it belongs to, under one of its own, or among the related ones."""
        line = vocabulary.truncate(self._line(other), HEADING)
        if self._is_variant(other):
            self.parts[0].keywords.append(other.text)
            return
        facet = (
            self._facet(other)
            if self._fixed
            else "ask"
            if other.voice in ("yesno", "questions")
            else "own"
        )
        slot = next(
            (part for part in self.parts if part.facet == SAME_PLACE.get(facet, facet) != "own"),
            None,
        )
        near = self._nearest(other)
        if facet in ("ask", "kinds") and slot:
            slot.take(line, other.text)
        elif slot and not slot.given and facet in SWAPPED:
            slot.heading, slot.given, slot.role, slot.points = line, True, _own_role(other), []
            slot.keywords.append(other.text)
        elif near:
            near.take(line, other.text)
        elif not self._open_a_section(facet, line, other):
            self._among_related(line, other)

    def sections(self) -> tuple[Section, ...]:
        """Return the sections, without an empty one for questions where enough others stand."""
        sections, seen = [], set()
        for part in self.parts:
            idle = (
                part.role == QUESTIONS[0]
                and not part.keywords
                and len(self.parts) > 4
                and self._fixed
            )
            if not idle and part.heading.casefold() not in seen:
                seen.add(part.heading.casefold())
                sections.append(
                    Section(
                        part.heading,
                        tuple(dict.fromkeys(part.points)),
                        tuple(dict.fromkeys(part.keywords)),
                        part.role,
                    )
                )
        return tuple(sections)

    def _facet(self, other: KeywordSignals) -> str:
        """Return the side of the topic that a keyword asks about; "types" where it is a kind of what is bought."""
        facet = facet_of(other)
        if facet != "own" or self._primary.voice != "buying" or other.voice not in VARIANTS:
            return facet
        mine, theirs = (
            self._stems(head(one.subject).split(" ")[-1]) for one in (self._primary, other)
        )
        return "kinds" if mine == theirs else facet

    def _line(self, other: KeywordSignals) -> str:
        if self._fixed:
            return vocabulary.sentence_case(other.asked)
        return vocabulary.capitalise(
            nouns_large(other.text) if self._language == "de" else other.text
        )

    def _stems(self, text: str) -> frozenset[str]:
        return vocabulary.stems(text, self._language)

    def _is_variant(self, other: KeywordSignals) -> bool:
        mine, theirs = self._stems(self._primary.text), self._stems(other.text)
        if mine == theirs:
            return other.voice in VARIANTS or other.voice == self._primary.voice
        return (
            other.voice == self._primary.voice
            and 2 * len(mine & theirs) >= SAME * (len(mine) + len(theirs))
            and not (theirs - mine and mine - theirs)
            and not theirs - mine
        )

    def _nearest(self, other: KeywordSignals) -> Part | None:
        """Return the section of a keyword's own whose words, beyond those of the page, this keyword shares."""
        telling = self._stems(other.text) - self._core - vocabulary.GENERIC
        shared = [
            (len(telling & self._stems(part.keywords[0])), -at, part)
            for at, part in enumerate(self.parts)
            if part.given and len(part.points) < MOST_POINTS
        ]
        count, _, part = max(shared, key=lambda one: one[:2], default=(0, 0, None))
        return part if count else None

    def _open_a_section(self, facet: str, line: str, other: KeywordSignals) -> bool:
        """Give a keyword a section of its own while there is room; tell whether there was."""
        has_related = any(part.facet == RELATED[1] for part in self.parts)
        if len(self.parts) >= MOST - (0 if has_related or not self._related else 1):
            spare = next((p for p in self.parts[1:] if p.facet in SPARE and not p.keywords), None)
            if spare is None or not self._related:
                return False
            self.parts.remove(spare)
        self.parts.insert(
            self._before_the_end(), Part(_own_role(other), facet, line, (), other.text)
        )
        return True

    def _among_related(self, line: str, other: KeywordSignals) -> None:
        part = next((part for part in self.parts if part.facet == RELATED[1]), None)
        if part is None and self._related:
            part = Part(RELATED[0], RELATED[1], self._related)
            self.parts.insert(self._last_but_questions(), part)
        (part or self.parts[-1]).take(line, other.text, MOST_RELATED)

    def _before_the_end(self) -> int:
        """Return where a keyword's own section goes: after the core, before mistakes and questions."""
        ends = (
            at
            for at, part in enumerate(self.parts)
            if at > 1 and (part.facet in CLOSING or part.role == "mistakes") and not part.given
        )
        return next(ends, len(self.parts))

    def _last_but_questions(self) -> int:
        return len(self.parts) - (self.parts[-1].facet == "ask")


def facet_of(reading: KeywordSignals) -> str:
    """Return which side of the topic a keyword asks about; "own" for one that stands alone."""
    tokens = set(vocabulary.tokens(reading.text))
    voiced = FACET_OF_VOICE.get(reading.voice)
    if voiced in ("when", "how", "vs", "problem", "cost"):
        return voiced
    return next((facet for facet, marks in FACET_WORDS if tokens & marks), voiced or "own")


def _own_role(reading: KeywordSignals) -> str:
    voice = "action" if reading.voice == "guide" and is_action(reading.subject) else reading.voice
    return OWN_ROLES[voice]
