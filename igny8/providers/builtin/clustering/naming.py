"""Name clusters after the member that stands best for all, each name and slug once a site."""

import re
from collections import Counter
from dataclasses import dataclass
from math import log, log10

from igny8 import slugs

LONGEST_NAME = 80
LONGEST_SLUG = 60
CLOSENESS, VOLUME, WORDS, UNSHARED = 0.5, 0.3, 0.1, 0.5  # weights against 1 for the coverage
QUESTION, COMMENT = (
    0.3,
    0.15,
)  # what a question, and a word of praise or purpose, take off: a topic is a thing
QUESTIONS = re.compile(
    r"^(how|what|when|where|why|who|which|is|are|can|do|does|should|will|wie|was|wann|wo|warum|"
    r"welche[rs]?|comment|quand|pourquoi|quel(le)?s?|c[oó]mo|qu[eé]|cu[aá]ndo|d[oó]nde|come|quando|"
    r"perch[eé]|quale|hoe|wat|wanneer|waarom|como|qual)\b|\b(vs|versus)\b"
)
ASKED = re.compile(
    r"^(how (to|do (i|you)|can (i|you)) |what('s| is| are) ((an?|the) )?)(?=\S+( \S+)*$)",
    re.IGNORECASE,
)
COMMENTS = re.compile(
    r"\b(best|top|cheap|review|reviews|near me|for beginners|diy|free|ideas|beste[rns]?|test)\b"
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

    def __init__(self, taken=()):
        self._names = {name.casefold() for name in taken}
        self._slugs = {slug_of(name) for name in taken}

    def take(self, texts):
        """Return the first free name of some texts, best first, and a free slug for it."""
        names = [tidy_name(text) for text in texts]
        free = (name for name in names if name.casefold() not in self._names)
        name = next(free, None) or self._numbered(names[0], self._names, " ")
        slug = self._numbered(slug_of(name), self._slugs, "-")
        self._names.add(name.casefold())
        self._slugs.add(slug)
        return name, slug

    @staticmethod
    def _numbered(text, taken, between):
        number, free = 1, text
        while free.casefold() in taken:
            number += 1
            free = f"{text}{between}{number}"
        return free


def as_topic(text):
    """Return a question as the topic that it asks about: "prune roses" for "how to prune roses"."""
    return ASKED.sub("", text) or text


def tidy_name(text):
    """Return a text in one line; a longer one than LONGEST_NAME is cut, between words if it can, and says so."""
    line = " ".join(text.translate(UNSEEN).split())
    if len(line) <= LONGEST_NAME:
        return line
    return (line[:LONGEST_NAME].rpartition(" ")[0] or line[: LONGEST_NAME - 1]) + "…"


def slug_of(name):
    """Return a name as part of an address: lower case, ASCII, hyphens."""
    return slugs.slug_of(name, max_chars=LONGEST_SLUG)


def rarities(stem_sets):
    """Return 1 + ln((1 + n) / (1 + df)) of each stem, n the number of keywords."""
    frequency = Counter(stem for stems in stem_sets for stem in stems)
    return {stem: 1 + log((1 + len(stem_sets)) / (1 + count)) for stem, count in frequency.items()}


def rank_names(candidates, rarity, words=(2, 4)):
    """Return the texts of Candidates, the best name first; `words` is the length preferred."""
    weights = [1 + log10(1 + member.volume) for member in candidates]
    total, shares = sum(weights), Counter()
    for member, weight in zip(candidates, weights, strict=True):
        for stem in member.stems:
            shares[stem] += weight / total
    whole = sum(rarity[stem] * share for stem, share in sorted(shares.items()))
    top = log10(10 + max(member.volume for member in candidates))

    def score(member):
        mine = sorted(member.stems)
        covered = sum(rarity[stem] * shares[stem] for stem in mine) / whole
        unshared = sum(rarity[stem] * (1 - shares[stem]) for stem in mine if shares[stem] < 0.5)
        volume = log10(10 + member.volume) / top
        fits = words[0] <= member.words <= words[1]
        return (
            covered
            - UNSHARED * unshared / sum(rarity[stem] for stem in mine)
            + CLOSENESS * member.closeness
            + VOLUME * volume
            + WORDS * fits
            - QUESTION * bool(QUESTIONS.search(member.text.casefold()))
            - COMMENT * bool(COMMENTS.search(member.text.casefold()))
        )

    order = sorted(candidates, key=lambda member: (-round(score(member), 9), member.text))
    return [as_topic(member.text) for member in order]
