"""Make titles of 50 to 60 characters with the keyword in front."""

from itertools import permutations

from igny8.providers.base import Section
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.reading import Candidate, Reading, question_of
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.casing import MARKS, title, upper_first
from igny8.providers.builtin.wording.outlines import GENERIC

SHORTEST, LONGEST, MAX_HEAD = 50, 60, 70
WIDE = (20, 32, 44)  # the same in characters that are twice as wide
ALTERNATIVES = 8
MAX_LABELS = 4
FILLS = 4  # choices of labels per pattern


def titles_of(
    primary: Candidate, others: list[Candidate], outline: tuple[Section, ...], reading: Reading
) -> tuple[str, ...]:
    """Return alternatives, best first, the bare keyword last."""
    pack, spellings = reading.pack, reading.spellings
    shortest, longest, most = limits(pack)
    head = title(vocabulary.truncate(question_of(primary, pack), most), pack, spellings)
    if pack is None:
        return _neutral(head, others, vocabulary.one_line(reading.topic.name))
    made = [head] if len(head) >= shortest else []
    fitting, short = [], []
    for text in _tails(primary, outline, pack):
        line = join_title(head, text, pack)
        if shortest <= len(line) <= longest:
            fitting.append(line)
        elif len(line) < shortest:
            short.append(line)
    short.sort(key=lambda line: -len(line))
    found = dict.fromkeys([*made, *fitting[:ALTERNATIVES], *short[:3], head])
    return tuple(found)


def limits(pack: Pack | None) -> tuple[int, int, int]:
    """Return the shortest and longest title and the longest keyword in it, in characters."""
    return (SHORTEST, LONGEST, MAX_HEAD) if pack is None or pack.is_spaced else WIDE


def join_title(head: str, tail: str, pack: Pack) -> str:
    """Return a title: the keyword, a colon (a blank after a question mark) and the ending."""
    if head.endswith(("?", "？")):
        return f"{head} {upper_first(tail)}"
    return f"{head}{pack.colon}{tail}"


def labels_of(primary: Candidate, outline: tuple[Section, ...], pack: Pack) -> list[str]:
    """Return the labels of the sections that say something, and nothing that the keyword says."""
    found = []
    for section in outline:
        if section.role in pack.sections and section.role not in GENERIC:
            label = pack.sections[section.role].label
            stems = vocabulary.stems(label, pack.language)
            said = vocabulary.stems(primary.text, pack.language)
            if not stems & said and pack.joins not in label:
                found.append(label)
    return found[:MAX_LABELS]


def _tails(primary: Candidate, outline: tuple[Section, ...], pack: Pack) -> list[str]:
    """Return what may follow the keyword, in an order that depends on the keyword."""
    patterns = [*pack.titles.get(primary.family, ()), *pack.titles["any"]]
    labels = labels_of(primary, outline, pack)
    stops = {s for word in pack.stops for s in vocabulary.stems(word, pack.language)} | pack.stops
    said = vocabulary.stems(primary.text, pack.language) - stops
    tails = {filled for pattern in patterns for filled in _filled(pattern, labels)}
    fitting = [
        tail
        for tail in tails
        if not vocabulary.stems(tail, pack.language) & said
        and _repeated(f"{primary.text} {tail}") <= _repeated(primary.text)
    ]
    return sorted(fitting, key=lambda tail: (vocabulary.stable_hash(primary.key + tail), tail))


def _repeated(text: str) -> int:
    """Return how many of its longer words a text repeats."""
    words = [word for word in vocabulary.tokens(text) if len(word) > 3]
    return len(words) - len(set(words))


def _filled(pattern: str, labels: list[str]) -> list[str]:
    """Return a pattern with each choice of labels, FILLS at most; none where there are too few."""
    names = [name for name in "abc" if f"{{{name}}}" in pattern]
    choices = list(permutations(labels, len(names)))
    step = max(1, len(choices) // FILLS)
    found = []
    for choice in choices[::step][:FILLS]:
        text = pattern
        for name, label in zip(names, choice, strict=True):
            text = text.replace(f"{{{name}}}", label)
        found.append(text)
    return found


def _neutral(head: str, others: list[Candidate], cluster: str) -> tuple[str, ...]:
    """Return titles of keywords alone, for a language without wording."""
    tails = [vocabulary.truncate(other.text, 40) for other in others] + [cluster]
    made = [f"{head} – {tail}" for tail in tails if tail.casefold() not in head.casefold()]
    fitting = [line for line in made if len(line) <= LONGEST]
    return tuple(dict.fromkeys([*fitting[:ALTERNATIVES], head.strip(MARKS[3:]) or head]))
