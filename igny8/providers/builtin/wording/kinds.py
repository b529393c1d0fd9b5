"""Classify what kind of thing a keyword is about, by its words."""

import re
from functools import lru_cache

from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.wording.pack import Pack, load_pack, require_pack
from igny8.providers.builtin.wording.subjects import load_subjects

KINDS = [
    "product",
    "software",
    "service",
    "job",
    "place",
    "health",
    "law",
    "money",
    "food",
    "howto",
    "concept",
    "event",
    "brand",
    "person",
    "neutral",
]
NEUTRAL = "neutral"
BY_FAMILY = {"howto": "howto", "problem": "howto", "define": "concept", "local": "service"}
COMPOUNDING = ("de", "nl")  # the last part of a compound tells what it is
LEAST_HEAD_CHARS = 4  # of a word that counts as the last part of a compound
BY_HEAD = ("en",)  # languages in which other words than the head tell little
MODIFIERS = ("law", "money", "health", "software", "concept")  # kinds that other words tell still
HEAD_WEIGHT = 3  # of the word that a keyword is about, against 2 for the others
PRAISE = re.compile(r"meilleure?s?|mejor(?:es)?|miglior[ei]?|melhor(?:es)?")
BEFORE_QUALIFIER = re.compile(
    r" (?:for|with|in|on|of|near|by|from|to|without|für|mit|ohne|in|im|bei|aus|"
    r"pour|à|avec|sans|de|du|des|en|dans|para|con|sin|por|del|per|senza|da|di|em|com|sem|voor|met|zonder|van|op)\b.*$"
)


def kind_of(text: str, language: str, family: str = "") -> str:
    """Return one of KINDS; if no word decides, the usual one of the article's family."""
    pack = load_pack(language)
    folded = " ".join(text.casefold().replace("’", "'").strip("¿?!. ？").split())
    known = load_subjects(pack.language) if pack else None
    if known and (kind := known.find(folded).kind):
        return kind
    scores = _scores(known.core(folded) if known else folded, pack) if pack else {}
    best = max(scores.values(), default=0)
    if pack and best:
        return next(kind for kind in pack.kinds if scores.get(kind) == best)
    return BY_FAMILY.get(family, NEUTRAL)


def guidance_kind(kind: str, family: str) -> str:
    """Return the kind whose advice applies: a repair article does not address buyers."""
    if family in ("howto", "problem") and kind in ("product", "service", "neutral"):
        return "howto"
    return "concept" if family == "define" and kind in ("software", "product", "neutral") else kind


def _scores(text: str, pack: Pack) -> dict[str, int]:
    """Return how strongly the words of a text indicate each kind."""
    if not pack.is_spaced:
        return {
            kind: longest
            for kind, words in pack.kinds.items()
            if (longest := max((len(word) for word in words if word in text), default=0))
        }
    words = vocabulary.tokens(text)
    head = _head(text, pack.language)
    scores: dict[str, int] = {}
    for word in words:
        for kind in _kinds_of_word(word, pack.language):
            if pack.language in BY_HEAD and word != head and kind not in MODIFIERS:
                continue
            weight = HEAD_WEIGHT if word == head else 2
            scores[kind] = scores.get(kind, 0) + weight
    return scores


def _head(text: str, language: str) -> str:
    """Return the head of a keyword: the last word before a preposition (Romance: the first)."""
    core = vocabulary.tokens(BEFORE_QUALIFIER.sub("", text)) or vocabulary.tokens(text) or [""]
    if language not in ("fr", "es", "it", "pt"):
        return core[-1]
    return core[1] if len(core) > 1 and PRAISE.fullmatch(core[0]) else core[0]


@lru_cache(maxsize=8192)
def _kinds_of_word(word: str, language: str) -> tuple[str, ...]:
    """Return the kinds of a word, or else those of the last part of a compound."""
    pack = require_pack(language)
    stem = next(iter(vocabulary.stems(word, language)), word)
    exact, inside = [], []
    for kind, patterns in pack.kinds.items():
        for pattern in patterns:
            plain = pattern.strip("*")
            if (
                (pattern.endswith("*") and word.startswith(plain))
                or (pattern.startswith("*") and word.endswith(plain))
                or word == plain
                or stem == next(iter(vocabulary.stems(plain, language)), plain)
            ):
                exact.append(kind)
            elif (
                language in COMPOUNDING and len(plain) >= LEAST_HEAD_CHARS and word.endswith(plain)
            ):
                inside.append((len(plain), kind))
    if exact or not inside:
        return tuple(dict.fromkeys(exact))
    return (max(inside)[1],)
