"""Find the pairs of keywords that are similar enough to be compared."""

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.features import Features

NEAREST = 15
EXACT_UP_TO = 20_000  # keywords; beyond, vectors are searched cell by cell
PROBES = 6
ROUNDS = 4  # of k-means
CHUNK = 1_000  # rows at a time
WORK = 500  # products a row that the search by shared words may cost on average


def candidate_pairs(features: Features) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of keywords to compare: two arrays of row numbers.

    In each pair first < second; the pairs are sorted and unique.
    """
    rows = features.words.shape[0]
    if rows < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    found = [by_shared_columns(features.words)]
    progress_reporter.report("compare", 0.5)
    if features.vectors is None:
        found.append(by_shared_columns(features.chars))
    else:
        search = by_vectors if rows <= EXACT_UP_TO else by_cells
        found.append(search(features.vectors))
    first, second = map(np.concatenate, zip(*found, strict=True))
    keys = np.unique(np.minimum(first, second) * rows + np.maximum(first, second))
    return np.divmod(keys, rows)


def by_shared_columns(
    matrix: sparse.csr_array, nearest: int = NEAREST
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest rows of each row, (row, column), by products of sparse rows.

    The most frequent columns are dropped until the cost (the sum of squared column frequencies) is
    within WORK products per row.
    """
    rows, columns = matrix.shape
    frequency = np.bincount(matrix.indices, minlength=columns).astype(np.int64)
    order = np.argsort(frequency, kind="stable")
    kept = order[np.cumsum(frequency[order] ** 2) <= WORK * max(rows, 2_000)]
    thin = matrix[:, np.sort(kept)].tocsr()
    across, keys = thin.T.tocsr(), Keys(rows)
    found = []
    for start in range(0, rows, CHUNK):
        near = (thin[start : start + CHUNK] @ across).tocoo()
        found.append(keys.best(keys.of(near.row + start, near.col, near.data), nearest))
    return keys.pairs(np.concatenate(found))


def by_vectors(vectors: np.ndarray, nearest: int = NEAREST) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest rows of each row, (row, column), by all products of dense rows."""
    everything, keys, found = np.arange(len(vectors)), Keys(len(vectors)), []
    for start in range(0, len(vectors), CHUNK):
        found.append(
            _nearest(vectors, everything[start : start + CHUNK], everything, keys, nearest)
        )
        progress_reporter.report("compare", 0.5 + 0.5 * (start + CHUNK) / len(vectors))
    return keys.pairs(np.concatenate(found))


def by_cells(vectors: np.ndarray, nearest: int = NEAREST) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest rows of each row within its nearest cells (inverted-file search)."""
    centres, keys = _centres(vectors), Keys(len(vectors))
    probes = np.vstack(
        [
            _highest(vectors[start : start + CHUNK] @ centres.T, PROBES)
            for start in range(0, len(vectors), CHUNK)
        ]
    )
    inside = _lists(probes[:, 0], len(centres))
    asking = [rows // PROBES for rows in _lists(probes.ravel(), len(centres))]
    found = []
    for at, (rows, columns) in enumerate(zip(asking, inside, strict=True), 1):
        if len(columns):
            found.append(_nearest(vectors, rows, columns, keys, nearest))
        progress_reporter.report("compare", 0.5 + 0.5 * at / len(centres))
    return keys.pairs(keys.best(np.concatenate(found), nearest))


class Keys:
    """Neighbours as integers that sort by row, then descending value, then column."""

    def __init__(self, rows: int) -> None:
        """Divide 63 bits among two row numbers and a value of at most 2^23."""
        self._number = max(1, rows).bit_length()
        self._value = min(23, 63 - 2 * self._number)

    def of(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return the keys of neighbours with positive values, except of a row with itself."""
        wanted = (rows != columns) & (values > 0)
        rows, columns = rows[wanted].astype(np.int64), columns[wanted].astype(np.int64)
        values = np.minimum(values[wanted].astype(np.int64), 2**23 - 1)
        falling = (2**23 - 1 - values) >> (23 - self._value)
        return (((rows << self._value) | falling) << self._number) | columns

    def best(self, keys: np.ndarray, count: int) -> np.ndarray:
        """Return the `count` first keys of each row."""
        keys = np.sort(keys)
        rows = keys >> (self._value + self._number)
        kept = np.ones(len(keys), dtype=bool)
        kept[count:] = rows[count:] != rows[:-count]
        return keys[kept]

    def pairs(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the row numbers and the column numbers that pair keys stand for."""
        return keys >> (self._value + self._number), keys & ((1 << self._number) - 1)


def _nearest(
    vectors: np.ndarray, rows: np.ndarray, columns: np.ndarray, keys: "Keys", nearest: int
) -> np.ndarray:
    """Return the keys of the nearest columns of some rows."""
    values = vectors[rows] @ vectors[columns].T
    asked = min(nearest + 1, len(columns))  # a row finds itself as well
    least = np.partition(values, len(columns) - asked, axis=1)[:, -asked]
    row, column = np.nonzero(values >= np.maximum(least, 1.0)[:, None])
    return keys.best(keys.of(rows[row], columns[column], values[row, column]), nearest)


def _lists(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the positions of each label 0 … count - 1."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])


def _centres(vectors: np.ndarray) -> np.ndarray:
    """Return √n centres of k-means on a sample of the rows, in whole numbers, (√n, d)."""
    count = int(np.sqrt(len(vectors)))
    learning = vectors[:: max(1, len(vectors) // (count * 64))]
    centres = learning[np.linspace(0, len(learning) - 1, count).astype(int)]
    for _ in range(ROUNDS):
        home = np.concatenate(
            [
                (learning[start : start + CHUNK] @ centres.T).argmax(axis=1)
                for start in range(0, len(learning), CHUNK)
            ]
        )
        groups = sparse.csr_array(
            (np.ones(len(home)), (home, np.arange(len(home)))), shape=(count, len(learning))
        )
        sums = groups @ learning.astype(np.float64)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = np.rint(sums / np.maximum(lengths, 1.0) * 2048)
        centres = np.where(lengths > 0, moved, centres).astype(np.float32)
    return centres


def _highest(values: np.ndarray, count: int) -> np.ndarray:
    """Return the columns of the highest values of each row, best first, ties by the lowest."""
    values = values.copy()
    found = np.empty((len(values), count), dtype=np.int64)
    for place in range(count):
        found[:, place] = values.argmax(axis=1)
        values[np.arange(len(values)), found[:, place]] = -np.inf
    return found
