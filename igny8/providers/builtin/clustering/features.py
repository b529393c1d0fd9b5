"""Turn keywords into rows of whole numbers whose products are exact similarities.

Unit rows are multiplied by ROW_LENGTH and rounded. A product of two rows is then a whole number
below 2^24 and every sum over a cluster is below 2^53, so results depend neither on the order of
additions nor on the number of threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering.evidence import EVIDENCE_SHARE
from igny8.providers.builtin.clustering.term_rows import (
    char_counts,
    counts_of,
    one_and_two,
    rounded,
    tfidf,
)
from igny8.providers.builtin.clustering.text import Keyword
from igny8.providers.builtin.clustering.vectors import Source

ROW_LENGTH = 2048  # the length of a row, which stands for 1.0
LONGER = 1.5  # times: the lexical rows of keywords without a vector, which else would be lonely
VECTOR_WEIGHT = 3  # against 1 for each lexical block: 0.6, 0.2, 0.2
PRIOR = 20  # keywords at the origin that steady the mean of a short list


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n keywords, as whole numbers.

    `vectors` (n, d) float32 or None with their `weight`, 0 without them; `lexical` sparse (n, f)
    holds all else that is compared, and weighs 1. `words` and `chars` only find candidates.
    `scale` is the product of a row with itself: what stands for 1.0. `method` is "encoder",
    "multilingual", "table", "given" or "lexical"; `length` is the mean number of words per keyword.
    """

    vectors: np.ndarray | None
    lexical: sparse.csr_array
    words: sparse.csr_array
    chars: sparse.csr_array
    weight: int
    scale: int
    method: str
    length: float

    def take(self, rows: np.ndarray) -> "Features":
        """Return the Features of some keywords."""
        return replace(
            self,
            vectors=None if self.vectors is None else self.vectors[rows],
            lexical=self.lexical[rows],
            words=self.words[rows],
            chars=self.chars[rows],
        )

    def sparse_rows(self) -> sparse.csr_array:
        """Return the lexical rows in float64, (n, f)."""
        return self.lexical.astype(np.float64)

    def dense(self) -> np.ndarray:
        """Return the vectors in float64, (n, d); with no column if there are none."""
        if self.vectors is None:
            return np.zeros((self.words.shape[0], 0))
        return self.vectors.astype(np.float64)


def build_features(keywords: Sequence[Keyword], source: Source | None) -> Features:
    """Return the Features of Keywords.

    `source` provides their vectors (vectors.Table, vectors.Given or vectors.Sentences); None for no
    vectors.
    """
    words, _ = counts_of([one_and_two(keyword.stems) for keyword in keywords])
    chars = char_counts([keyword.counting for keyword in keywords])
    length = sum(len(keyword.words) for keyword in keywords) / max(1, len(keywords))
    if source is None:
        return _lexical_features(words, chars, length)
    vectors = _means(keywords, source)
    combine = _vectors_alone if source.alone else _vectors_and_words
    return combine(vectors, words, chars, source.method, length)


def _lexical_features(words: sparse.csr_array, chars: sparse.csr_array, length: float) -> Features:
    """Return Features without vectors: words and letters have equal weight."""
    full = np.full(words.shape[0], float(ROW_LENGTH))
    found = tfidf(words, full), tfidf(chars, full)
    lexical = sparse.hstack(found, format="csr")
    return Features(None, lexical, *found, 0, 2 * ROW_LENGTH**2, "lexical", length)


def _vectors_alone(
    vectors: np.ndarray,
    words: sparse.csr_array,
    chars: sparse.csr_array,
    method: str,
    length: float,
) -> Features:
    """Return Features that use words and letters only for keywords without a vector."""
    full = np.full(words.shape[0], float(ROW_LENGTH))
    found = tfidf(words, full), tfidf(chars, full)
    unknown = ~vectors.any(axis=1)
    half = unknown * np.sqrt(0.5, dtype=np.float32)  # words and letters share one row
    lexical = rounded(sparse.hstack(found, format="csr") * half[:, None])
    lexical.eliminate_zeros()
    return Features(vectors, lexical, *found, 1, ROW_LENGTH**2, method, length)


def _vectors_and_words(
    vectors: np.ndarray,
    words: sparse.csr_array,
    chars: sparse.csr_array,
    method: str,
    length: float,
) -> Features:
    """Return Features that combine vectors, words and letters."""
    lengths = np.where(vectors.any(axis=1), ROW_LENGTH, ROW_LENGTH * LONGER)
    found = tfidf(words, lengths), tfidf(chars, lengths)
    lexical = sparse.hstack(found, format="csr")
    scale = (VECTOR_WEIGHT + 2) * ROW_LENGTH**2
    return Features(vectors, lexical, *found, VECTOR_WEIGHT, scale, method, length)


def with_evidence(features: Features, evidence: sparse.csr_array | None) -> Features:
    """Return Features in which evidence contributes EVIDENCE_SHARE of the similarity.

    `evidence` (n, topics) has a unit row per keyword with the values from the file. Rows of zeros,
    or None for all, change nothing.
    """
    if evidence is None:
        return features
    has = np.diff(evidence.indptr) > 0
    rest = np.where(has, np.sqrt(1 - EVIDENCE_SHARE), 1.0).astype(np.float32)
    vectors = features.vectors
    if vectors is not None:
        vectors = np.rint(vectors * rest[:, None])
    own = rounded(evidence * np.sqrt(EVIDENCE_SHARE * features.scale))
    lexical = sparse.hstack([features.lexical * rest[:, None], own], format="csr")
    words = sparse.hstack(
        [features.words, rounded(evidence * float(ROW_LENGTH))], format="csr", dtype=np.float32
    )
    return replace(features, vectors=vectors, lexical=rounded(lexical), words=words)


def _means(keywords: Sequence[Keyword], table: Source) -> np.ndarray:
    """Return the centred vectors of keywords, rows of length UNIT, or 0 if unknown: (n, d)."""
    sums, known = table.of(*counts_of([keyword.counting for keyword in keywords]))
    means = _unit(sums[known])  # the mean's direction is that of the sum
    means -= means.sum(axis=0) / (len(means) + PRIOR)
    vectors = np.zeros((len(keywords), sums.shape[1]), dtype=np.float32)
    vectors[known] = np.rint(_unit(means) * ROW_LENGTH)
    return vectors


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1; those of almost no length become 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0.0)
