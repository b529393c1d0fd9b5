"""Turn keywords into rows of whole numbers whose products are exact similarities.

Unit rows are multiplied by ROW_LENGTH and rounded. A product of two rows is then a whole number
below 2^24 and every sum over a cluster one below 2^53, so that neither the order of additions nor
the number of threads can change a single result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering.evidence import EVIDENCE_SHARE
from igny8.providers.builtin.clustering.text import Keyword
from igny8.providers.builtin.clustering.vectors import Source

ROW_LENGTH = 2048  # the length of a row, which stands for 1.0
LONGER = 1.5  # times: the lexical rows of keywords without a vector, which else would be lonely
VECTOR_WEIGHT = 3  # against 1 for each lexical block: 0.6, 0.2, 0.2
PRIOR = 20  # keywords at the origin that steady the mean of a short list
GRAMS = (3, 4, 5)
LONGEST_WORD = 40  # characters of a word that are cut into n-grams


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n keywords, as whole numbers.

    `vectors` (n, d) float32 or None with their `weight`, 0 without them; `lexical` sparse (n, f)
    holds all else that is compared, and weighs 1. `words` and `chars` only find candidates.
    `scale` is the product of a row with itself: what stands for 1.0. `method` is "encoder",
    "table", "given" or "lexical"; `length` is the mean number of words per keyword.
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

    `source` gives their vectors (vectors.Table, vectors.Given or vectors.Sentences), None to do
    without.
    """
    words, _ = _counts([_one_and_two(keyword.stems) for keyword in keywords])
    chars = _char_counts([keyword.counting for keyword in keywords])
    length = sum(len(keyword.words) for keyword in keywords) / max(1, len(keywords))
    if source is None:
        return _lexical_features(words, chars, length)
    vectors = _means(keywords, source)
    combine = _vectors_alone if source.alone else _vectors_and_words
    return combine(vectors, words, chars, source.method, length)


def _lexical_features(words: sparse.csr_array, chars: sparse.csr_array, length: float) -> Features:
    """Return Features without vectors: words and letters count alike."""
    full = np.full(words.shape[0], float(ROW_LENGTH))
    found = _tfidf(words, full), _tfidf(chars, full)
    lexical = sparse.hstack(found, format="csr")
    return Features(None, lexical, *found, 0, 2 * ROW_LENGTH**2, "lexical", length)


def _vectors_alone(
    vectors: np.ndarray,
    words: sparse.csr_array,
    chars: sparse.csr_array,
    method: str,
    length: float,
) -> Features:
    """Return Features in which words and letters count only where a keyword has no vector."""
    full = np.full(words.shape[0], float(ROW_LENGTH))
    found = _tfidf(words, full), _tfidf(chars, full)
    unknown = ~vectors.any(axis=1)
    half = unknown * np.sqrt(0.5, dtype=np.float32)  # words and letters share one row
    lexical = _rounded(sparse.hstack(found, format="csr") * half[:, None])
    lexical.eliminate_zeros()
    return Features(vectors, lexical, *found, 1, ROW_LENGTH**2, method, length)


def _vectors_and_words(
    vectors: np.ndarray,
    words: sparse.csr_array,
    chars: sparse.csr_array,
    method: str,
    length: float,
) -> Features:
    """Return Features in which vectors, words and letters count together."""
    lengths = np.where(vectors.any(axis=1), ROW_LENGTH, ROW_LENGTH * LONGER)
    found = _tfidf(words, lengths), _tfidf(chars, lengths)
    lexical = sparse.hstack(found, format="csr")
    scale = (VECTOR_WEIGHT + 2) * ROW_LENGTH**2
    return Features(vectors, lexical, *found, VECTOR_WEIGHT, scale, method, length)


def with_evidence(features: Features, evidence: sparse.csr_array | None) -> Features:
    """Return Features in which evidence takes EVIDENCE_SHARE of the similarity where there is any.

    `evidence` (n, topics) are unit rows of what the file says about the keywords, None for nothing.
    """
    if evidence is None:
        return features
    has = np.diff(evidence.indptr) > 0
    rest = np.where(has, np.sqrt(1 - EVIDENCE_SHARE), 1.0).astype(np.float32)
    vectors = features.vectors
    if vectors is not None:
        vectors = np.rint(vectors * rest[:, None])
    own = _rounded(evidence * np.sqrt(EVIDENCE_SHARE * features.scale))
    lexical = sparse.hstack([features.lexical * rest[:, None], own], format="csr")
    words = sparse.hstack(
        [features.words, _rounded(evidence * float(ROW_LENGTH))], format="csr", dtype=np.float32
    )
    return replace(features, vectors=vectors, lexical=_rounded(lexical), words=words)


def _rounded(block: sparse.csr_array) -> sparse.csr_array:
    """Return a sparse block in whole numbers, its columns in order."""
    block = sparse.csr_array(block, dtype=np.float32)
    block.data = np.rint(block.data)
    block.sort_indices()
    return block


def _one_and_two(stems: tuple[str, ...]) -> list:
    """Return stems and pairs of neighbouring stems."""
    return [*stems, *pairwise(stems)]


def _counts(lists: Iterable[Iterable]) -> tuple[sparse.csr_array, list]:
    """Return how often each item is in each list, sparse (lists, items), and the items."""
    numbers: dict[Any, int] = {}
    columns: list[int] = []
    starts = [0]
    for items in lists:
        columns.extend([numbers.setdefault(item, len(numbers)) for item in items])
        starts.append(len(columns))
    counts = sparse.csr_array(
        (np.ones(len(columns), dtype=np.float32), columns, starts),
        shape=(len(lists), max(1, len(numbers))),
    )
    counts.sum_duplicates()
    return counts, list(numbers)


def _char_counts(lists: Iterable[Iterable[str]]) -> sparse.csr_array:
    """Return how often each n-gram within words is in each list of words, sparse."""
    words_in_lists, words = _counts(lists)
    grams_in_words, _ = _counts([_grams(word[:LONGEST_WORD]) for word in words] or [[]])
    return (words_in_lists @ grams_in_words).tocsr()


def _grams(word: str) -> list[str]:
    """Return the n-grams of a word with a blank on either side."""
    padded = f" {word} "
    return [padded[i : i + size] for size in GRAMS for i in range(len(padded) - size + 1)]


def _tfidf(counts: sparse.csr_array, wanted: np.ndarray) -> sparse.csr_array:
    """Return rows of wanted lengths, in whole numbers, without columns that only one row has.

    Sublinear term frequency times smoothed inverse document frequency, as in scikit-learn:
    (1 + ln tf) · (1 + ln((1 + n) / (1 + df))).
    """
    rows, columns = counts.shape
    frequency = np.bincount(counts.indices, minlength=columns)
    rarity = 1.0 + np.log((1.0 + rows) / (1.0 + frequency))
    values = (1.0 + np.log(counts.data)) * rarity[counts.indices]
    weighted = sparse.csr_array(
        (_of_lengths(values, counts.indptr, wanted), counts.indices, counts.indptr),
        shape=counts.shape,
    )
    shared = weighted[:, np.flatnonzero(frequency > 1)].tocsr()
    shared.sort_indices()
    return shared


def _of_lengths(values: np.ndarray, indptr: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the values of sparse rows, scaled to these lengths and rounded."""
    owners = np.repeat(np.arange(len(wanted)), np.diff(indptr))
    lengths = np.sqrt(np.bincount(owners, weights=values**2, minlength=len(wanted)))
    return np.rint(values * (wanted / np.maximum(lengths, 1e-12))[owners]).astype(np.float32)


def _means(keywords: Sequence[Keyword], table: Source) -> np.ndarray:
    """Return the centred vectors of keywords, rows of length UNIT, or 0 if unknown: (n, d)."""
    sums, known = table.of(*_counts([keyword.counting for keyword in keywords]))
    means = _unit(sums[known])  # the mean's direction is that of the sum
    means -= means.sum(axis=0) / (len(means) + PRIOR)
    vectors = np.zeros((len(keywords), sums.shape[1]), dtype=np.float32)
    vectors[known] = np.rint(_unit(means) * ROW_LENGTH)
    return vectors


def _unit(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1; those of almost no length become 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0.0)
