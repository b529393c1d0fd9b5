"""Outline an article: sections that fit the reader's intent and the kind of subject."""

from dataclasses import dataclass, field

from igny8.providers.base import Section
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.reading import (
    Candidate,
    Reading,
    core_of,
    question_of,
    subject_of,
)
from igny8.providers.builtin.ideas.section_choice import section_names, telling_stems
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.casing import heading

MAX_SECTIONS, MAX_POINTS, MAX_RELATED, MAX_OWN = 8, 6, 8, 3
MAX_HEADING_CHARS = 90
MAX_PREFIX_CHARS = 45  # of a keyword that stands before the first heading
LISTED = ("candidates", "glance")


@dataclass(slots=True)
class Part:
    """A section being filled; `role` is its key in the wording, "own" for a keyword's section."""

    role: str
    heading: str
    points: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)

    def take(self, line: str, keyword: str, most: int = MAX_POINTS) -> None:
        """Add a keyword, and its line as a point while there is room."""
        self.keywords.append(keyword)
        if len(self.points) < most and line.casefold() != self.heading.casefold():
            self.points.append(line)

    def as_section(self) -> Section:
        """Return the section with unique points and keywords."""
        points, keywords = tuple(dict.fromkeys(self.points)), tuple(dict.fromkeys(self.keywords))
        return Section(self.heading, points, keywords, self.role)


def outline_of(
    primary: Candidate, others: list[Candidate], reading: Reading, kind: str
) -> tuple[Section, ...]:
    """Return the outline of an article about a keyword, with its other keywords assigned."""
    pack = reading.pack
    if pack is None:
        parts = [Part("own", heading(primary.text, None)[:MAX_HEADING_CHARS])]
    else:
        names = section_names(primary, others, kind, pack)
        parts = [Part(name, _worded(name, primary, reading, pack)) for name in names]
        parts[0].heading = _with_keyword(parts[0].heading, primary, reading, pack)
    parts[0].keywords.append(primary.text)
    for other in others:
        _place(other, parts, primary, reading)
    return tuple(part.as_section() for part in parts)


def _worded(name: str, primary: Candidate, reading: Reading, pack: Pack) -> str:
    """Return the heading of a section, with the sides of a comparison if it names them."""
    text = pack.all_sections[name].heading
    if "{" not in text:
        return text
    sides = primary.sides or (primary.text, primary.text)
    a, b = (heading(side, pack, reading.spellings) for side in sides)
    return text.replace("{a}", a).replace("{b}", b)


def _with_keyword(text: str, primary: Candidate, reading: Reading, pack: Pack) -> str:
    """Return the first heading preceded by the keyword, if that is short enough."""
    subject = subject_of(primary, pack)
    if not subject:
        return text
    name = heading(subject, pack, reading.spellings)
    if len(name) > MAX_PREFIX_CHARS or len(name) + len(text) + 3 > MAX_HEADING_CHARS:
        return text
    rest = text if pack.language == "de" or text[1:2].isupper() else text[:1].lower() + text[1:]
    return f"{name}{' – ' if ':' in name else pack.colon}{rest}"


def _place(other: Candidate, parts: list[Part], primary: Candidate, reading: Reading) -> None:
    """Assign a keyword with its variant to a fitting section or to its own."""
    adds_nothing = other.core <= primary.core and other.group == primary.group
    if other.key == primary.key or adds_nothing or other.core == primary.core:
        parts[0].keywords.append(other.text)
        return
    line = vocabulary.truncate(_line(other, reading), MAX_HEADING_CHARS)
    fitting = _fitting_part(other, parts, primary, reading)
    if fitting is not None:
        fitting.take(line, other.text)
    elif reading.pack and line.endswith(("?", "？")):
        _part(parts, "questions", reading.pack).take(line, other.text)
    elif (listed := _part_with_room(parts)) is not None:
        listed.take(line, other.text)
    else:
        _place_apart(other, line, parts, reading.pack)


def _fitting_part(
    other: Candidate, parts: list[Part], primary: Candidate, reading: Reading
) -> Part | None:
    """Return the first section with room for what a keyword adds to the main one."""
    extra = other.core - primary.core
    for part in parts:
        if part.role == "own":
            known = core_of(part.keywords[0], reading.language, reading.pack) - primary.core
        else:
            known = telling_stems(part.role, reading.pack) if reading.pack else frozenset()
        if extra & known and len(part.keywords) <= MAX_POINTS:
            return part
    return None


def _part_with_room(parts: list[Part]) -> Part | None:
    """Return the section that lists candidates while it has room."""
    listed = next((part for part in parts if part.role in LISTED[:1]), None)
    return listed if listed and len(listed.points) < MAX_POINTS else None


def _place_apart(other: Candidate, line: str, parts: list[Part], pack: Pack | None) -> None:
    """Give a keyword its own section while more are allowed, else add it to the related."""
    own = sum(part.role == "own" for part in parts)
    if own < MAX_OWN and len(parts) < MAX_SECTIONS:
        at = max(1, len(parts) - 1 - (parts[-1].role in ("questions", "related")))
        parts.insert(at, Part("own", line, [], [other.text]))
    elif pack:
        _part(parts, "related", pack).take(line, other.text, MAX_RELATED)
    else:
        parts[-1].take(line, other.text, MAX_RELATED)


def _line(other: Candidate, reading: Reading) -> str:
    """Return a keyword as a heading of its own."""
    asked = question_of(other, reading.pack)
    return heading(asked, reading.pack, reading.spellings)


def _part(parts: list[Part], role: str, pack: Pack) -> Part:
    """Return the section of a role; append it if there is none."""
    found = next((part for part in parts if part.role == role), None)
    if found is None:
        found = Part(role, pack.all_sections[role].heading)
        parts.append(found)
    return found
