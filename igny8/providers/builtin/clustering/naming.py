"""Name clusters after their most representative member; names and slugs are unique per site."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, log10

from igny8 import slugs
from igny8.providers.builtin.wording import Pack, load_pack
from igny8.providers.builtin.wording.casing import spelled

LONGEST_NAME = 80
LONGEST_SLUG = 60
CLOSENESS, VOLUME, WORDS, UNSHARED = 0.5, 0.3, 0.1, 0.5  # weights against 1 for the coverage
# what a question, and a word of praise or purpose, take off: a topic is a thing
QUESTION, COMMENT = 0.5, 0.15
QUESTIONS = re.compile(
    r"^(how|what|when|where|why|who|which|is|are|can|do|does|should|will|wie|was|wann|wo|warum|"
    r"welche[rs]?|comment|quand|pourquoi|quel(le)?s?|c[oó]mo|qu[eé]|cu[aá]ndo|d[oó]nde|come|quando|"
    r"perch[eé]|quale|hoe|wat|wanneer|waarom|como|qual)\b|\b(vs|versus)\b"
)
COMMENTS = re.compile(
    r"\b(best|top|cheap|review|reviews|near me|for beginners|diy|free|ideas|beste[rns]?|test)\b"
)
MARKS = "?!.,;:¿¡？！。、 \"'()[]"
HOW_TO = re.compile(r"^how to\b", re.IGNORECASE)
LEADING = frozenset(
    [
        "how",
        "to",
        "do",
        "does",
        "did",
        "i",
        "you",
        "we",
        "can",
        "what",
        "is",
        "are",
        "was",
        "the",
        "a",
        "an",
        "when",
        "where",
        "why",
        "which",
        "who",
        "best",
        "way",
        "ways",
        "werkt",
        "functioneert",
        "funktioniert",
        "funciona",
        "funcionan",
        "fonctionne",
        "marche",
        "funziona",
        "funzionano",
    ]
)
TRAILING = frozenset(
    [
        "meaning",
        "definition",
        "explained",
        "mean",
        "means",
        "bedeutung",
        "definition",
        "bedeutet",
        "signification",
        "définition",
        "significado",
        "definición",
        "significato",
        "definizione",
        "definição",
        "betekenis",
        "definitie",
    ]
)
UNSEEN = dict.fromkeys(
    [*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], " "
)  # control and direction characters


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that may give its text as name; `closeness` is its cosine with the centre."""

    text: str
    stems: frozenset
    volume: int
    words: int
    closeness: float


class Namer:
    """Hand out names and slugs that nobody has yet, whatever the case of letters."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._names = {name.casefold() for name in taken}
        self._slugs = {slug_of(name) for name in taken}

    def take(self, texts: list[str]) -> tuple[str, str]:
        """Return the first free name of some texts, best first, and a free slug for it."""
        names = [tidy_name(text) for text in texts]
        free = (name for name in names if name.casefold() not in self._names)
        name = next(free, None) or self._numbered(names[0], self._names, " ")
        slug = self._numbered(slug_of(name), self._slugs, "-")
        self._names.add(name.casefold())
        self._slugs.add(slug)
        return name, slug

    @staticmethod
    def _numbered(text: str, taken: set[str], between: str) -> str:
        number, free = 1, text
        while free.casefold() in taken:
            number += 1
            free = f"{text}{between}{number}"
        return free


def as_topic(text: str, language: str = "en") -> str:
    """Return a keyword as the topic that it asks about: a noun phrase without question and marks.

    "crm" for "what is crm?", "prune roses" for "how to prune roses"; abbreviations in their own
    spelling.
    """
    bare = text.strip(MARKS)
    pack = load_pack(language)
    if pack is None:
        return bare or text
    found = spelled(" ".join(_noun_words(bare, pack)).strip(MARKS), pack)
    return found.removesuffix("とは").strip() or text


def _noun_words(text: str, pack: Pack) -> list[str]:
    """Return the words of a keyword without those of a question at its ends; one always stays."""
    words = text.split()
    asks = bool(pack.asking and pack.asking.search(text.casefold())) or HOW_TO.search(text)
    while asks and len(words) > 1 and words[0].casefold().strip(MARKS) in LEADING | pack.stops:
        words.pop(0)
    while len(words) > 1 and words[-1].casefold() in TRAILING:
        words.pop()
    return words


def tidy_name(text: str) -> str:
    """Return a text on one line, cut to LONGEST_NAME characters with an ellipsis."""
    line = " ".join(text.translate(UNSEEN).split())
    if len(line) <= LONGEST_NAME:
        return line
    return (line[:LONGEST_NAME].rpartition(" ")[0] or line[: LONGEST_NAME - 1]) + "…"


def slug_of(name: str) -> str:
    """Return a name as part of an address: lower case, ASCII, hyphens."""
    return slugs.slug_of(name, max_chars=LONGEST_SLUG)


def rarities(stem_sets: list[frozenset]) -> dict[str, float]:
    """Return 1 + ln((1 + n) / (1 + df)) of each stem, n the number of keywords."""
    frequency = Counter(stem for stems in stem_sets for stem in stems)
    return {stem: 1 + log((1 + len(stem_sets)) / (1 + count)) for stem, count in frequency.items()}


def rank_names(
    candidates: list[Candidate],
    rarity: dict[str, float],
    words: tuple[int, int] = (2, 4),
    language: str = "en",
) -> list[str]:
    """Return the texts of Candidates, the best name first; `words` is the length preferred."""
    shares = _stem_shares(candidates)
    whole = sum(rarity[stem] * share for stem, share in sorted(shares.items()))
    top = log10(10 + max(member.volume for member in candidates))

    def score(member: Candidate) -> float:
        fits = words[0] <= member.words <= words[1]
        return (
            _coverage(member, rarity, shares, whole)
            + CLOSENESS * member.closeness
            + VOLUME * log10(10 + member.volume) / top
            + WORDS * fits
            - QUESTION * bool(QUESTIONS.search(member.text.casefold()))
            - COMMENT * bool(COMMENTS.search(member.text.casefold()))
        )

    order = sorted(candidates, key=lambda member: (-round(score(member), 9), member.text))
    return list(dict.fromkeys(as_topic(member.text, language) for member in order))


def _stem_shares(candidates: list[Candidate]) -> dict[str, float]:
    """Return the share of the members' weight that each stem has; volume weighs, damped."""
    weights = [1 + log10(1 + member.volume) for member in candidates]
    total = sum(weights)
    shares: dict[str, float] = defaultdict(float)
    for member, weight in zip(candidates, weights, strict=True):
        for stem in member.stems:
            shares[stem] += weight / total
    return shares


def _coverage(
    member: Candidate, rarity: dict[str, float], shares: dict[str, float], whole: float
) -> float:
    """Return how much of what the members share a text says, less what only few of them say."""
    mine = sorted(member.stems)
    covered = sum(rarity[stem] * shares[stem] for stem in mine) / whole
    unshared = sum(rarity[stem] * (1 - shares[stem]) for stem in mine if shares[stem] < 0.5)
    return covered - UNSHARED * unshared / sum(rarity[stem] for stem in mine)
