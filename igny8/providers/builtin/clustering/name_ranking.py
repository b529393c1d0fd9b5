"""Rank the members of a cluster by how well their text describes it."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log, log10

from igny8.providers.builtin.clustering.topics import as_topic

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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose text may become the name; `closeness` is its cosine with the centre."""

    text: str
    stems: frozenset
    volume: int
    words: int
    closeness: float


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
    """Return the texts of Candidates, best name first; `words` is the preferred length."""
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
    """Return each stem's share of the members' weight, which grows slowly with volume."""
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
    """Return the share of common stems in a text, minus a penalty for rare ones."""
    mine = sorted(member.stems)
    covered = sum(rarity[stem] * shares[stem] for stem in mine) / whole
    unshared = sum(rarity[stem] * (1 - shares[stem]) for stem in mine if shares[stem] < 0.5)
    return covered - UNSHARED * unshared / sum(rarity[stem] for stem in mine)
