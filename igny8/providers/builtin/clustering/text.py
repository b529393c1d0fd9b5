"""Split keywords into words and stems."""

import re
import unicodedata
from dataclasses import dataclass

import snowballstemmer

from igny8.providers.builtin.clustering.stop_words import ELIDING, LANGUAGES, STOP_WORDS
from igny8.providers.builtin.wording import load_pack

LONGEST = 600  # characters of a keyword that count; what follows is not looked at


# Scripts written without spaces: overlapping pairs of characters stand in for words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
NUMBER_AND_UNIT = re.compile(r"(?<=\b)(\d+) (kwh|kw|ah|mah|v|gb|tb|mb|ml|cl|kg|mm|cm|m2|km)\b")
SYMBOLS = ((re.compile(r"(?<=[a-z])\+\+"), "plusplus"), (re.compile(r"(?<=\b[a-z])#"), "sharp"))


class _Letters(dict):
    """Table for str.translate that keeps letters, marks and digits and blanks all else."""

    def __missing__(self, code: int) -> int | str:
        kept = unicodedata.category(chr(code))[0] in "LMN"
        self[code] = code if kept else " "
        return self[code]


_SPLIT = _Letters({ord(" "): " "})
_JOIN = _Letters(
    {
        ord(" "): " ",
        ord("'"): None,
        ord("\u2019"): None,
        ord("\u200c"): None,
        ord("\u200d"): None,
        ord("\u00ad"): None,
    }
)


@dataclass(frozen=True, slots=True)
class Keyword:
    """A parsed keyword: case-folded text, all words, those that are no stop words, their stems.

    In a script without spaces `words` are overlapping pairs of the characters of `text`.
    """

    text: str
    words: tuple[str, ...]
    counting: tuple[str, ...]
    stems: tuple[str, ...]


def primary(language: str) -> str:
    """Return the first part of a language tag in lower case: "en" for "en-GB" and for ""."""
    return re.split(r"[-_]", language.strip().casefold())[0] or "en"


def fold(text: str, language: str = "en") -> str:
    """Return a text, case-folded, without punctuation; "" if it has neither letter nor digit."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()[:LONGEST]
    for pattern, name in SYMBOLS:
        folded = pattern.sub(name, folded)
    folded = NUMBER_AND_UNIT.sub(r"\1\2", folded)
    spaced = folded.translate(_SPLIT if language in ELIDING else _JOIN)
    return " ".join(_words(spaced))


def _words(text: str) -> list[str]:
    return [word for word in text.split() if any(map(str.isalnum, word))]


def _pairs(match: re.Match) -> str:
    """Return text of a script without spaces as overlapping character pairs."""
    run = match.group()
    pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return f" {' '.join(pairs)} "


def _stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language; empty if there is no list."""
    if language == "en":
        return STOP_WORDS
    pack = load_pack(language)
    return pack.stops if pack and pack.is_spaced else frozenset()


class Reader:
    """Parses keywords of one language and caches stems."""

    def __init__(self, language: str) -> None:
        self.language = primary(language)
        name = LANGUAGES.get(self.language)
        known = name in snowballstemmer.algorithms()
        self._stemmer = snowballstemmer.stemmer(name) if known else None
        self._stops = _stop_words(self.language)
        self._stems: dict[str, str] = {}

    def read(self, text: str) -> Keyword | None:
        """Return the Keyword of a text, None if it has neither letter nor digit."""
        folded = fold(text, self.language)
        if not folded:
            return None
        words = _words(UNSPACED.sub(_pairs, folded))
        counting = [word for word in words if word not in self._stops] or words
        return Keyword(folded, tuple(words), tuple(counting), tuple(map(self._stem, counting)))

    def _stem(self, word: str) -> str:
        if word not in self._stems:
            stem = self._stemmer.stemWord(word) if self._stemmer else word
            self._stems[word] = stem or word
        return self._stems[word]
