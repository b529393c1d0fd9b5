"""Write meta descriptions of 120 to 155 characters, and the sentence with the angle of an idea."""

import re
from itertools import pairwise

from igny8.providers.base import Section
from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.ideas.reading import Candidate, Reading, question_of, subject_of
from igny8.providers.builtin.ideas.titles import labels_of
from igny8.providers.builtin.wording import Pack, require_pack
from igny8.providers.builtin.wording.casing import heading
from igny8.providers.builtin.wording.plans import Plan
from igny8.providers.checks.search import WIDE_DESCRIPTION

SHORTEST, LONGEST = 120, 155
MAX_HEAD_CHARS = 80
_OPEN = re.compile(r"\{[abcd]\}")  # a place that no label fills


def description_of(
    primary: Candidate, others: list[Candidate], outline: tuple[Section, ...], reading: Reading
) -> str:
    """Return a description that starts with the keyword and summarises the outline."""
    pack = reading.pack
    head = vocabulary.truncate(question_of(primary, pack), MAX_HEAD_CHARS)
    head = heading(head, pack, reading.spellings)
    if pack is None:
        return _keywords_alone(head, others)
    if primary.plan:
        further = tuple(part for part in outline if part.role in primary.plan.optional)
        labels = [_inside(text, pack.language) for text in labels_of(primary, further, pack)]
        asked = _question_with_end(
            _subject_or(head, primary, pack, reading.spellings),
            primary.plan,
            pack,
            [_inside_colon(part.heading, pack) for part in further],
            labels,
        )
        if asked:
            return asked
    labels = [_inside(label, pack.language) for label in _enough(primary, outline, pack)]
    made = _all_wordings(head, labels, pack)
    shortest, longest = (SHORTEST, LONGEST) if pack.is_spaced else WIDE_DESCRIPTION
    fitting = [text for text in made if shortest <= len(text) <= longest]
    fewest = min(map(_repeated, fitting), default=0)
    fitting = [text for text in fitting if _repeated(text) == fewest]
    if fitting:
        return min(fitting, key=lambda text: vocabulary.stable_hash(primary.key + text))
    below = [text for text in made if len(text) < shortest]
    if below:
        return max(below, key=len)
    return vocabulary.truncate(min(made, key=len), longest) if made else head


def _subject_or(head: str, primary: Candidate, pack: Pack, spellings: dict[str, str]) -> str:
    """Return the subject of a keyword as a heading; for a question, its head.

    "dishwasher leaking what to do" is a question that the plan's own would repeat.
    """
    if head.endswith(("?", "？")):
        return head
    subject = vocabulary.truncate(subject_of(primary, pack), MAX_HEAD_CHARS)
    return heading(subject, pack, spellings) if subject else head


def _question_with_end(
    head: str, plan: Plan, pack: Pack, headings: list[str], labels: list[str]
) -> str:
    """Return the first question of a plan and an ending that makes it long enough, if one does.

    An ending that repeats the heading of a further section reads best, then one that names several
    by their labels, then one that fits all articles.
    """
    asked = plan.question.replace(f"{{K}}{pack.colon}", "{K}: ").removeprefix("{K}: ")
    asked = pack.addressed(asked.removeprefix("{K} : ").removeprefix("{K}："))
    blank = " " if pack.is_spaced else ""
    shortest, longest = (SHORTEST, LONGEST) if pack.is_spaced else WIDE_DESCRIPTION
    own = [end for end in _filled_ends(pack, labels) if end not in pack.meta_ends]
    general = [end for end in pack.meta_ends if not _OPEN.search(end)]
    for lead in (_lead(head, question, pack) for question in _shortened(asked)):
        for ends in (_heading_ends(pack, headings), own, general):
            made = [lead, *(f"{lead}{blank}{end}" for end in ends)]
            fitting = [text for text in made if shortest <= len(text) <= longest]
            if fitting:
                return min(fitting, key=lambda text: (_repeated(text), -len(text)))
    return ""


def _lead(head: str, asked: str, pack: Pack) -> str:
    if head.endswith(("?", "？")):
        return f"{head} {vocabulary.capitalise(asked)}"
    return f"{head}{' – ' if ':' in head else pack.colon}{asked}"


def _shortened(question: str) -> list[str]:
    """Return a question, then without its last part, and so on: "how long, and at what price?"."""
    parts = question.split(", ")
    mark = question[-2:].lstrip() if question.endswith(" ?") else question[-1:]
    blank = " " if question.endswith(" ?") else ""
    shorter = [", ".join(parts[:count]) + blank + mark for count in range(len(parts) - 1, 0, -1)]
    return [question, *shorter]


def _heading_ends(pack: Pack, headings: list[str]) -> list[str]:
    """Return the endings of descriptions that name one heading or two after a colon."""
    ends = [end for end in pack.meta_ends if ": {a}" in end and "{c}" not in end]
    plain = [text for text in headings if pack.joins not in text and not set(text) & set(",?？、")]
    one = [end.replace("{a}", text) for end in ends if "{b}" not in end for text in headings]
    two = [
        end.replace("{a}", first).replace("{b}", _later(second, pack))
        for first, second in pairwise(plain)
        for end in ends
        if "{b}" in end
    ]
    return [_without_double_mark(end) for end in (*one, *two)]


def _later(heading: str, pack: Pack) -> str:
    """Return a heading as it is written later in a sentence: a small word loses its capital."""
    first = re.split("[ '’]", heading, maxsplit=1)[0].casefold()  # "L'essai": the article
    is_small = first in pack.stops or bool(pack.asking and pack.asking.match(first))
    return heading[:1].lower() + heading[1:] if is_small else heading


def _without_double_mark(text: str) -> str:
    return re.sub(r"([?？]) ?[.。]$", r"\1", text)


def _inside_colon(text: str, pack: Pack) -> str:
    """Return a heading as it is written after a colon: German keeps its capital, others lose it."""
    if pack.language == "de" or text[1:2].isupper():
        return text
    return text[:1].lower() + text[1:]


def _filled_ends(pack: Pack, labels: list[str]) -> list[str]:
    """Return the endings of descriptions with labels in their places, where there are enough."""
    turns = [labels[turn:] + labels[:turn] for turn in range(len(labels))]
    filled = [_filled(end, turned) for end in pack.meta_ends for turned in turns]
    return [text for text in filled if not _OPEN.search(text)]


def _all_wordings(head: str, labels: list[str], pack: Pack) -> list[str]:
    """Return each pattern of the language filled with the labels in each rotation."""
    turns = [labels[turn:] + labels[:turn] for turn in range(len(labels))]
    filled = (_filled(pattern, turned) for pattern in pack.meta for turned in turns)
    named = (_named(text, head, pack.colon) for text in filled if not _OPEN.search(text))
    return [text for text in named if text]


def _filled(pattern: str, labels: list[str]) -> str:
    for name, label in zip("abcd", labels, strict=False):
        pattern = pattern.replace(f"{{{name}}}", label)
    return pattern


def _enough(primary: Candidate, outline: tuple[Section, ...], pack: Pack) -> list[str]:
    """Return labels of the outline, with general ones added up to four."""
    found = labels_of(primary, outline, pack)
    spare = [
        pack.all_sections[name].label for name in ("example", "mistakes", "criteria", "next_step")
    ]
    return list(dict.fromkeys([*found, *spare]))[:4]


def _inside(label: str, language: str) -> str:
    """Return a label as written within a sentence; English labels lose their title case."""
    if language != "en":
        return label
    known = require_pack(language).spellings
    return " ".join(known.get(word.casefold(), word.lower()) for word in label.split(" "))


def _named(text: str, head: str, colon: str) -> str:
    """Return a pattern with the keyword inserted; a question keeps its mark instead of a colon.

    Empty if a question would stand within a sentence.
    """
    is_question = head.endswith(("?", "？"))
    if is_question and not text.startswith("{K}"):
        return ""
    if is_question:
        rest = text.removeprefix("{K}").removeprefix(colon).lstrip()
        return f"{head} {rest[:1].upper()}{rest[1:]}"
    if text.startswith("{K}"):
        return text.replace("{K}", head)
    inside = head if head[:2].isupper() else head[:1].lower() + head[1:]
    return text.replace("{K}", inside)


def _repeated(text: str) -> int:
    """Return how many words of more than three letters occur again in a text."""
    words = [word for word in vocabulary.tokens(text) if len(word) > 3]
    return len(words) - len(set(words))


def _keywords_alone(head: str, others: list[Candidate]) -> str:
    made = vocabulary.truncate(head, LONGEST - 5)
    for other in others:
        longer = f"{made} · {other.text}"
        made = longer if len(longer) <= LONGEST else made
    return made


def angle_of(primary: Candidate, reading: Reading, kind: str) -> str:
    """Return one sentence for the writer about what can make the article different."""
    if reading.pack is None:
        return ""
    options = primary.plan.angles if primary.plan else reading.pack.angles[kind]
    return options[vocabulary.stable_hash(primary.key) % len(options)]
