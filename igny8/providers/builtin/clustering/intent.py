"""Classify the search intent of keywords."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from igny8.providers.base import INTENTS, Phrase

WORDS = Path(__file__).parent / "data" / "intent_words.txt"
DOMAIN = re.compile(r"\b[\w-]+\.(?:com|org|net|io|co|de|fr|es|it|nl|pt|jp|eu|co\.uk)\b|\bwww\b")
LEAST_SHARE = 1 / 3  # of the volume of a cluster that must carry a marker for a guess to count
UNSPACED = ("ja", "zh")
PLACE = re.compile(r"\b(?:in|near|around)\s+[a-z]")  # "plumber in leeds", once a trade is named


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern], ...]:
    """Return (intent, pattern) of a language in order of precedence; English if unknown."""
    found: dict[str, dict[str, str]] = {}
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, words = line.partition(": ")
            tag, _, intent = name.partition(" ")
            found.setdefault(tag, {})[intent] = words
    chosen = found.get(language, found["en"])
    edge = "" if language in UNSPACED else r"\b"
    return tuple((name, re.compile(f"{edge}(?:{words}){edge}")) for name, words in chosen.items())


def guess_intent(text: str, language: str = "en") -> str | None:
    """Return the intent suggested by the words of a keyword, or None."""
    folded = text.casefold().strip()
    if DOMAIN.search(folded):
        return "navigational"
    found = {name: pattern.search(folded) for name, pattern in _patterns(language)}
    if found.pop("trade", None) and (PLACE.search(folded) or not any(found.values())):
        return "local"
    return next((name for name, match in found.items() if match), None)


def stated_intents(intent: str | None) -> tuple[str, ...]:
    """Return the intents in a keyword file as a tuple: "Info, commercial" has two."""
    parts = re.split(r"[\s,;/|+&]+", (intent or "").casefold())
    return tuple(name for part in parts if part for name in INTENTS if name.startswith(part))


def intent_of(phrases: Iterable[Phrase], language: str = "en") -> str:
    """Return the intent of a cluster: the file's, else guessed, else informational."""
    votes: Counter = Counter()
    phrases = list(phrases)
    for phrase in phrases:
        for name in stated_intents(phrase.intent):
            votes[name] += 1 + phrase.demand
    if not votes:
        name = re.split(r"[-_]", language.casefold())[0] or "en"
        for phrase in phrases:
            votes[guess_intent(phrase.text, name)] += 1 + phrase.demand
        if votes.total() - votes[None] < LEAST_SHARE * votes.total():
            return "informational"
        del votes[None]
    return max(INTENTS, key=lambda name: votes[name])
