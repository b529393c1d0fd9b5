"""Turn keywords into rows of whole numbers whose products are exact similarities.

Unit rows are multiplied by UNIT and rounded. A product of two rows is then a whole number below
2^24 and every sum over a cluster one below 2^53, so that neither the order of additions nor the
number of threads can change a single result.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

ROW_LENGTH = 2048  # the length of a row, which stands for 1.0
LONGER = 1.5  # times: the lexical rows of keywords without a vector, which else would be lonely
VECTOR_WEIGHT = 3  # against 1 for each lexical block: 0.6, 0.2, 0.2
PRIOR = 20  # keywords at the origin that steady the mean of a short list
PARENT = 0.15  # the share of a lexical row that a file's own parent topic takes, where the file gives one
GRAMS = (3, 4, 5)
LONGEST_WORD = 40  # characters of a word that are cut into n-grams


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n keywords: `vectors` (n, d) float32 or None, `words` and `chars` sparse (n, f).

    `weight` is that of the vectors, 0 without them; the lexical blocks weigh 1 each.
    """

    vectors: np.ndarray | None
    words: sparse.csr_array
    chars: sparse.csr_array
    weight: int

    @property
    def scale(self):
        """Return the product of a row with itself, in whole numbers: what stands for 1.0."""
        return (self.weight + 2) * ROW_LENGTH * ROW_LENGTH

    def take(self, rows):
        """Return the Blocks of some keywords."""
        vectors = None if self.vectors is None else self.vectors[rows]
        return Features(vectors, self.words[rows], self.chars[rows], self.weight)

    def lexical(self):
        """Return both lexical blocks side by side, (n, f) of whole numbers in float64."""
        return sparse.hstack([self.words, self.chars], format="csr").astype(np.float64)

    def dense(self):
        """Return the vectors in float64, (n, d); with no column if there are none."""
        if self.vectors is None:
            return np.zeros((self.words.shape[0], 0))
        return self.vectors.astype(np.float64)


def build_features(keywords, table, parents=()):
    """Return the Blocks of Keywords; `table` is a vectors.Table or vectors.Given, or None to do without.

    `parents` are the topics that the file put the keywords under, None where it told none.
    """
    words, _ = _counts([_one_and_two(keyword.stems) for keyword in keywords])
    chars = _char_counts([keyword.counting for keyword in keywords])
    if table is None:
        lengths = np.full(len(keywords), float(ROW_LENGTH))
        return Features(
            None, *_under(parents, lengths, _tfidf(words, lengths), _tfidf(chars, lengths)), 0
        )
    vectors = _means(keywords, table)
    lengths = np.where(vectors.any(axis=1), ROW_LENGTH, ROW_LENGTH * LONGER)
    return Features(
        vectors,
        *_under(parents, lengths, _tfidf(words, lengths), _tfidf(chars, lengths)),
        VECTOR_WEIGHT,
    )


def _under(parents, lengths, *lexical):
    """Return lexical blocks in which a parent that several keywords share takes its part of each row."""
    topics = [" ".join((parent or "").casefold().split()) for parent in parents]
    numbers = {
        topic: number
        for number, topic in enumerate(
            sorted(topic for topic, count in Counter(topics).items() if topic and count > 1)
        )
    }
    if not numbers:
        return lexical
    rows = np.array([row for row, topic in enumerate(topics) if topic in numbers])
    columns = np.array([numbers[topics[row]] for row in rows])
    told = np.rint(np.sqrt(PARENT) * lengths[rows]).astype(np.float32)
    shares = np.ones(len(lengths), dtype=np.float32)
    shares[rows] = np.sqrt(1 - PARENT)
    own = sparse.csr_array((told, (rows, columns)), shape=(len(lengths), len(numbers)))
    return [
        _rounded(sparse.hstack([block * shares[:, None], own], format="csr")) for block in lexical
    ]


def _rounded(block):
    """Return a sparse block in whole numbers, its columns in order."""
    block = sparse.csr_array(block, dtype=np.float32)
    block.data = np.rint(block.data)
    block.sort_indices()
    return block


def _one_and_two(stems):
    """Return stems and pairs of neighbouring stems."""
    return [*stems, *pairwise(stems)]


def _counts(lists):
    """Return how often each item is in each list, sparse (lists, items), and the items."""
    numbers, columns, starts = {}, [], [0]
    for items in lists:
        columns.extend([numbers.setdefault(item, len(numbers)) for item in items])
        starts.append(len(columns))
    counts = sparse.csr_array(
        (np.ones(len(columns), dtype=np.float32), columns, starts),
        shape=(len(lists), max(1, len(numbers))),
    )
    counts.sum_duplicates()
    return counts, list(numbers)


def _char_counts(lists):
    """Return how often each n-gram within words is in each list of words, sparse."""
    words_in_lists, words = _counts(lists)
    grams_in_words, _ = _counts([_grams(word[:LONGEST_WORD]) for word in words] or [[]])
    return (words_in_lists @ grams_in_words).tocsr()


def _grams(word):
    """Return the n-grams of a word with a blank on either side."""
    padded = f" {word} "
    return [padded[i : i + size] for size in GRAMS for i in range(len(padded) - size + 1)]


def _tfidf(counts, wanted):
    """Return rows of wanted lengths, in whole numbers, without columns that only one row has.

    Sublinear term frequency times smoothed inverse document frequency, as in scikit-learn:
    (1 + ln tf) · (1 + ln((1 + n) / (1 + df))).
    """
    rows, columns = counts.shape
    frequency = np.bincount(counts.indices, minlength=columns)
    rarity = 1.0 + np.log((1.0 + rows) / (1.0 + frequency))
    values = (1.0 + np.log(counts.data)) * rarity[counts.indices]
    owners = np.repeat(np.arange(rows), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(owners, weights=values**2, minlength=rows))
    values = np.rint(values * (wanted / np.maximum(lengths, 1e-12))[owners])
    weighted = sparse.csr_array(
        (values.astype(np.float32), counts.indices, counts.indptr), shape=counts.shape
    )
    shared = weighted[:, np.flatnonzero(frequency > 1)].tocsr()
    shared.sort_indices()
    return shared


def _means(keywords, table):
    """Return the centred vectors of keywords, rows of length UNIT, or 0 if unknown: (n, d)."""
    sums, known = table.of(*_counts([keyword.counting for keyword in keywords]))
    means = _unit(sums[known])  # the mean's direction is that of the sum
    means -= means.sum(axis=0) / (len(means) + PRIOR)
    vectors = np.zeros((len(keywords), sums.shape[1]), dtype=np.float32)
    vectors[known] = np.rint(_unit(means) * ROW_LENGTH)
    return vectors


def _unit(rows):
    """Return rows of length 1; those of almost no length become 0."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0.0)
