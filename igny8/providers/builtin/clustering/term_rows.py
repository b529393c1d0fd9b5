"""Turn lists of terms into sparse rows of whole numbers with tf-idf weights."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

GRAMS = (3, 4, 5)
LONGEST_WORD = 40  # characters of a word that are cut into n-grams


def rounded(block: sparse.csr_array) -> sparse.csr_array:
    """Return a sparse block in whole numbers, its columns in order."""
    block = sparse.csr_array(block, dtype=np.float32)
    block.data = np.rint(block.data)
    block.sort_indices()
    return block


def one_and_two(stems: tuple[str, ...]) -> list:
    """Return stems and pairs of neighbouring stems."""
    return [*stems, *pairwise(stems)]


def counts_of(lists: Sequence[Iterable]) -> tuple[sparse.csr_array, list]:
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


def char_counts(lists: Sequence[Iterable[str]]) -> sparse.csr_array:
    """Return how often each n-gram within words is in each list of words, sparse."""
    words_in_lists, words = counts_of(lists)
    grams_in_words, _ = counts_of([_grams(word[:LONGEST_WORD]) for word in words] or [[]])
    return (words_in_lists @ grams_in_words).tocsr()


def _grams(word: str) -> list[str]:
    """Return the n-grams of a word padded with a blank on either side."""
    padded = f" {word} "
    return [padded[i : i + size] for size in GRAMS for i in range(len(padded) - size + 1)]


def tfidf(counts: sparse.csr_array, wanted: np.ndarray) -> sparse.csr_array:
    """Return rows scaled to given lengths, in whole numbers, without columns of only one row.

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
