"""Reduce a keyword to its topic."""

import re

from igny8.providers.builtin.wording import Pack, load_pack
from igny8.providers.builtin.wording.casing import spelled

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


def as_topic(text: str, language: str = "en") -> str:
    """Return the topic of a keyword: a noun phrase without question words and marks.

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
    """Return the words of a keyword without question words at its ends; at least one."""
    words = text.split()
    asks = bool(pack.asking and pack.asking.search(text.casefold())) or HOW_TO.search(text)
    while asks and len(words) > 1 and words[0].casefold().strip(MARKS) in LEADING | pack.stops:
        words.pop(0)
    while len(words) > 1 and words[-1].casefold() in TRAILING:
        words.pop()
    return words
