"""Sources of keyword vectors: the static word table, the sentence encoder, or a model."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import sparse

from igny8.providers.base import Vectors
from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.encoder import load_encoder
from igny8.providers.builtin.clustering.multilingual import load_multilingual_encoder
from igny8.providers.builtin.clustering.text import Keyword
from igny8.providers.builtin.clustering.wordpiece import WordPiece

DATA = Path(__file__).parent / "data"
ENCODER_UP_TO = 20_000  # keywords
LANGUAGES = ("en",)  # the languages that the table knows
LONGEST_GIVEN = 300  # characters of a text by which a model was asked for it


class Source(Protocol):
    """A source of keyword vectors; with `alone` no lexical features are added."""

    method: str
    alone: bool

    def of(self, counts: sparse.csr_array, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors, (keywords, dimensions), and which of them are not zero."""


class Given:
    """Vectors of whole keywords from a model, in the order of the keywords."""

    method, alone = "given", False

    def __init__(self, vectors: Vectors, texts: list[str]) -> None:
        """Read the rows of texts from base.Vectors; a missing text has no vector."""
        width = len(next(iter(vectors.rows.values()), b"")) // 4
        self._rows = np.zeros((len(texts), width), dtype=np.float32)
        for place, text in enumerate(texts):
            found = vectors.rows.get(text[:LONGEST_GIVEN])
            if found is not None:
                self._rows[place] = np.frombuffer(found, dtype="<f4")

    def of(self, counts: sparse.csr_array, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors, (keywords, dimensions), and which of them are usable."""
        lengths = np.linalg.norm(self._rows, axis=1)
        return self._rows, np.isfinite(lengths) & (lengths > 0)


class SentenceEncoder(Protocol):
    """A model that turns whole texts into vectors; a plan says its `name`."""

    name: str
    method: str
    width: int
    alone: bool  # whether no lexical features stand beside its vectors

    def can_read(self, text: str) -> bool:
        """Return whether the model knows the script of a text."""

    def encode(self, texts: list[str], progress: Callable[[float], None]) -> np.ndarray:
        """Return the unit vectors of texts, (texts, width) float32."""


class Sentences:
    """Vectors of whole keywords by a sentence encoder."""

    def __init__(self, keywords: Sequence[Keyword], encoder: SentenceEncoder) -> None:
        self.method, self.alone, self.model = encoder.method, encoder.alone, encoder.name
        known = [encoder.can_read(keyword.text) for keyword in keywords]
        self._known = np.array(known, dtype=bool)
        self._rows = np.zeros((len(keywords), encoder.width), dtype=np.float32)
        order = sorted(
            (keyword.text, place) for place, keyword in enumerate(keywords) if known[place]
        )
        self._rows[[place for _, place in order]] = encoder.encode(
            [text for text, _ in order], lambda share: progress_reporter.report("read", share)
        )

    def of(self, counts: sparse.csr_array, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors, (keywords, dimensions), and which keywords it can read."""
        return self._rows, self._known & self._rows.any(axis=1)


class Table:
    """The table of vectors, (tokens, dimensions), with the vocabulary of its rows."""

    method, alone = "table", False

    def __init__(self, folder: Path) -> None:
        self.rows = np.load(folder / "vectors.npy").astype(np.float32)
        self._tokens = WordPiece(folder / "vocabulary.txt")

    def sums(self, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum of each word's token vectors, (words, dimensions), and their counts."""
        starts, numbers = [0], []
        for word in words:
            numbers.extend(self.pieces(word))
            starts.append(len(numbers))
        used = sparse.csr_array(
            (np.ones(len(numbers), dtype=np.float32), numbers, starts),
            shape=(len(words), len(self.rows)),
        )
        return used @ self.rows, np.diff(starts)

    def of(self, counts: sparse.csr_array, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the sums of token vectors per keyword, (keywords, dimensions), and which have any.

        `counts` (keywords, words) is the number of occurrences of each word in each keyword.
        """
        sums, tokens = self.sums(words or [""])
        return counts @ sums, counts @ tokens > 0

    def pieces(self, word: str) -> list[int]:
        """Return the token numbers of a folded word, longest match first; empty if unknown.

        Words in other scripts count as unknown: the table has only their single letters.
        """
        plain = "".join(
            c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn"
        )
        return self._tokens.pieces(plain) if plain.isascii() else []


@lru_cache(maxsize=1)
def table_for(language: str, folder: Path = DATA) -> Table | None:
    """Return the Table of a language; None if there is none or its file is missing."""
    if language not in LANGUAGES or not (folder / "vectors.npy").exists():
        return None
    return Table(folder)


def encoder_for(language: str) -> SentenceEncoder | None:
    """Return the sentence encoder of a language, None if there is none or it is not installed."""
    if language in LANGUAGES:
        return load_encoder()
    return load_multilingual_encoder(language)


def source_for(keywords: Sequence[Keyword], language: str) -> Source | None:
    """Return the vector source for keywords of a language, or None.

    An encoder is more accurate; above ENCODER_UP_TO keywords the table is many times faster.
    """
    encoder = encoder_for(language) if len(keywords) <= ENCODER_UP_TO else None
    return Sentences(keywords, encoder) if encoder else table_for(language)
