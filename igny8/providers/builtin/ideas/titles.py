"""Make titles of 40 to 60 characters that start with the keyword."""

from collections.abc import Iterable
from itertools import combinations

from igny8.providers.base import Section
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.reading import Candidate, Reading, question_of
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.casing import MARKS, title, upper_first
from igny8.providers.builtin.wording.outlines import GENERIC, INSIDE
from igny8.providers.checks.search import TITLE, WIDE_TITLE

MAX_HEAD = 70
WIDE_MAX_HEAD = 44  # in characters that are twice as wide
ALTERNATIVES = 8
MAX_LABELS = 4
FILLS = 4  # choices of labels per pattern
FEW = 1  # endings of a plan that fit, below which lists of its sections stand in
GOLDEN_RATIO, OFFSET = 0.618034, 0.65  # multiples modulo 1 are spread evenly
IDEA_STEP = 0.37  # between the ideas of one cluster
JOINED = "^"  # before an ending that goes on from the keyword: "Office Chair Sizes: …"
OVERVIEWS = ("understand", "define", "choose")


def titles_of(
    primary: Candidate,
    others: list[Candidate],
    outline: tuple[Section, ...],
    reading: Reading,
    number: int,
) -> tuple[str, ...]:
    """Return alternative titles, best first, the bare keyword last.

    The endings rotate over the clusters of a site and over the ideas of a cluster (by `number`), so
    that none is used often.
    """
    pack, spellings = reading.pack, reading.spellings
    shortest, longest, most = limits(pack)
    head = title(vocabulary.truncate(question_of(primary, pack), most), pack, spellings)
    if pack is None:
        return _neutral(head, others, vocabulary.one_line(reading.topic.name))
    made = [head] if len(head) >= shortest else []
    fitting, short = [], []
    for text in _tails(primary, outline, pack):
        if text.startswith(JOINED) and head.endswith(("?", "？")):
            continue
        line = join_title(head, text, pack)
        if shortest <= len(line) <= longest:
            fitting.append(line)
        elif len(line) < shortest:
            short.append(line)
    if primary.plan:
        ends = tuple(end.removeprefix(JOINED).casefold() for end in primary.plan.titles)
        own = [line for line in fitting if line.casefold().endswith(ends)]
        if len(own) < FEW:
            listed = _listed(head, primary, outline, pack)
            own += [line for line in listed if shortest <= len(line) <= longest]
        rest = [line for line in fitting if line not in own]
        fitting = [*_rotated(own, reading.topic.position, number), *rest]
    elif not _is_subject(primary):
        fitting = _rotated(fitting, reading.topic.position, number)
    short.sort(key=lambda line: -len(line))
    found = dict.fromkeys([*made, *fitting[:ALTERNATIVES], *short[:3], head])
    return tuple(found)


def _listed(head: str, primary: Candidate, outline: tuple[Section, ...], pack: Pack) -> list[str]:
    """Return titles that end in the labels of sections which every outline of the plan has."""
    fixed = [part for part in outline if primary.plan and part.role in primary.plan.fixed]
    labels = labels_of(primary, fixed, pack)
    tails = [tail for pattern in pack.titles["any"] for tail in _filled(pattern, labels)]
    return [join_title(head, tail, pack) for tail in tails]


def _rotated(lines: list[str], position: int, number: int) -> list[str]:
    share = (position * GOLDEN_RATIO + number * IDEA_STEP + OFFSET) % 1
    turn = int(share * len(lines))
    return lines[turn:] + lines[:turn]


def limits(pack: Pack | None) -> tuple[int, int, int]:
    """Return the minimum and maximum length of a title, and the maximum of its keyword."""
    is_wide = pack is not None and not pack.is_spaced
    return (*WIDE_TITLE, WIDE_MAX_HEAD) if is_wide else (*TITLE, MAX_HEAD)


def join_title(head: str, tail: str, pack: Pack) -> str:
    """Return a title: the keyword, a colon (a space after a question mark) and the ending."""
    if head.endswith(("?", "？")):
        return f"{head} {upper_first(tail)}"
    if tail.startswith(JOINED):
        return f"{head} {tail.removeprefix(JOINED)}"
    return f"{head}{' – ' if ':' in head else pack.colon}{tail}"


def labels_of(primary: Candidate, outline: Iterable[Section], pack: Pack) -> list[str]:
    """Return the labels of sections that add information to the keyword.

    Those that people search for come first, in the order of the outline.
    """
    found = []
    for section in sorted(outline, key=lambda section: section.role in INSIDE):
        if section.role in pack.all_sections and section.role not in GENERIC:
            label = pack.all_sections[section.role].label
            stems = vocabulary.stems(label, pack.language)
            said = vocabulary.stems(primary.text, pack.language)
            if not stems & said and pack.joins not in label and "{" not in label:
                found.append(label)
    return found[:MAX_LABELS]


def _tails(primary: Candidate, outline: tuple[Section, ...], pack: Pack) -> list[str]:
    """Return the possible endings of a title after the keyword.

    Only the overview of a one-word subject may end in the labels of its sections: for narrower ones
    it is not known what people search for.
    """
    patterns = list(pack.titles.get(primary.family, ()))
    if primary.plan:
        patterns = [*primary.plan.titles, *pack.titles["short"], *patterns]
    elif _is_subject(primary):
        patterns = [*pack.titles["any"], *patterns]
    labels = labels_of(primary, [s for s in outline if s.role not in INSIDE], pack)
    tails = dict.fromkeys(filled for pattern in patterns for filled in _filled(pattern, labels))
    stops = {s for word in pack.stops for s in vocabulary.stems(word, pack.language)} | pack.stops
    said = vocabulary.stems(primary.text, pack.language) - stops
    return [
        tail
        for tail in tails
        if not vocabulary.stems(tail, pack.language) & said
        and _repeated(f"{primary.text} {tail}") <= _repeated(primary.text)
    ]


def _is_subject(primary: Candidate) -> bool:
    """Return whether a keyword asks for the overview of a one-word subject."""
    return primary.family in OVERVIEWS and len(primary.core) <= 1


def _repeated(text: str) -> int:
    """Return how many of its longer words occur again in a text."""
    words = [word for word in vocabulary.tokens(text) if len(word) > 3]
    return len(words) - len(set(words))


def _filled(pattern: str, labels: list[str]) -> list[str]:
    """Return a pattern filled with choices of labels in order; none if there are too few."""
    names = [name for name in "abc" if f"{{{name}}}" in pattern]
    choices = list(combinations(labels, len(names)))
    step = max(1, len(choices) // FILLS)
    found = []
    for choice in choices[::step][:FILLS]:
        text = pattern
        for name, label in zip(names, choice, strict=True):
            text = text.replace(f"{{{name}}}", label)
        found.append(text)
    return found


def _neutral(head: str, others: list[Candidate], cluster: str) -> tuple[str, ...]:
    """Return titles made of keywords only, for a language without wording."""
    tails = [vocabulary.truncate(other.text, 40) for other in others] + [cluster]
    made = [f"{head} – {tail}" for tail in tails if tail.casefold() not in head.casefold()]
    fitting = [line for line in made if len(line) <= TITLE[1]]
    return tuple(dict.fromkeys([*fitting[:ALTERNATIVES], head.strip(MARKS[3:]) or head]))
