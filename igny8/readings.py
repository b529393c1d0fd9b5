"""Readings of Japanese texts: kana by the dictionary of the extra `languages`, Latin by Hepburn."""

from functools import lru_cache
from importlib import import_module
from typing import Any

import jaconv

from igny8.language_packages import DICTIONARY, is_installed

UNKNOWN = "*"  # what the dictionary has for a word without a reading
# Syllables of loan words that jaconv 0.5 spells letter by letter → extended Hepburn.
LOAN_SYLLABLES = {
    "しぇ": "she",
    "じぇ": "je",
    "ちぇ": "che",
    "てぃ": "ti",
    "でぃ": "di",
    "とぅ": "tu",
    "どぅ": "du",
    "でゅ": "dyu",
    "うぃ": "wi",
    "うぇ": "we",
    "うぉ": "wo",
    "くぉ": "kwo",
    "つぁ": "tsa",
    "つぉ": "tso",
    "いぇ": "ye",
}


def has_dictionary() -> bool:
    """Return whether the extra `igny8[languages]` is installed."""
    return is_installed(DICTIONARY)


def reading_of(text: str) -> str:
    """Return a Japanese text in kana with spaces between words; unknown words are kept.

    Without the dictionary the text is returned unchanged.
    """
    if not has_dictionary():
        return text
    words = [
        token.surface if token.reading == UNKNOWN else token.reading
        for token in _tokenizer().tokenize(text)
    ]
    return " ".join(" ".join(words).split())


def romanize(text: str) -> str:
    """Return a text with kana in Latin letters (Hepburn), long vowels spelled out (ou)."""
    text = jaconv.kata2hira(text)
    for kana, latin in LOAN_SYLLABLES.items():
        text = text.replace("っ" + kana, latin[0] + latin).replace(kana, latin)
    return jaconv.kana2alphabet(text)


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    return import_module(f"{DICTIONARY}.tokenizer").Tokenizer()
