"""Find the pairs of keywords that are near enough to be worth comparing."""

import numpy as np
from scipy import sparse

NEAREST = 15
EXACT_UP_TO = 20_000  # keywords; beyond, vectors are searched cell by cell
PROBES = 6
ROUNDS = 4  # of k-means
CHUNK = 1_000  # rows at a time
WORK = 500  # products a row that the search by shared words may cost on average


def candidate_pairs(blocks):
    """Return the pairs (first, second) of row numbers, first < second, sorted, each once."""
    rows = blocks.words.shape[0]
    found = [by_shared_columns(blocks.words)]
    if blocks.vectors is None:
        found.append(by_shared_columns(blocks.chars))
    else:
        search = by_vectors if rows <= EXACT_UP_TO else by_cells
        found.append(search(blocks.vectors))
    first = np.concatenate([pairs[0] for pairs in found]).astype(np.int64)
    second = np.concatenate([pairs[1] for pairs in found]).astype(np.int64)
    keys = np.unique(np.minimum(first, second) * rows + np.maximum(first, second))
    first, second = np.divmod(keys, rows)
    return first[first != second], second[first != second]


def by_shared_columns(matrix, nearest=NEAREST):
    """Return each row's nearest by the product of sparse rows.

    Columns are dropped, the most frequent first, until the cost (the sum of squared column
    frequencies) is within WORK products a row.
    """
    rows, columns = matrix.shape
    frequency = np.bincount(matrix.indices, minlength=columns).astype(np.int64)
    order = np.argsort(frequency, kind="stable")
    kept = order[np.cumsum(frequency[order] ** 2) <= WORK * max(rows, 2_000)]
    thin = matrix[:, np.sort(kept)].tocsr()
    across = thin.T.tocsr()
    found = []
    for start in range(0, rows, CHUNK):
        near = (thin[start:start + CHUNK] @ across).tocoo()
        found.append(_best_of(near.row + start, near.col, near.data, nearest))
    return _joined(found)[:2]


def by_vectors(vectors, nearest=NEAREST):
    """Return each row's nearest by the product of dense rows, all compared with all."""
    found = []
    for start in range(0, len(vectors), CHUNK):
        near = vectors[start:start + CHUNK] @ vectors.T
        found.append(_best_in_rows(near, np.arange(start, start + len(near)),
                                   np.arange(len(vectors)), nearest))
    return _joined(found)[:2]


def by_cells(vectors, nearest=NEAREST):
    """Return each row's nearest among the cells nearest to it: an inverted-file search."""
    centres = _centres(vectors)
    probes = np.vstack([_highest(vectors[start:start + CHUNK] @ centres.T, PROBES)
                        for start in range(0, len(vectors), CHUNK)])
    home = probes[:, 0]
    members = np.argsort(home, kind="stable")
    member_ends = np.cumsum(np.bincount(home, minlength=len(centres)))
    visitors = np.argsort(probes.ravel(), kind="stable") // PROBES
    visitor_ends = np.cumsum(np.bincount(probes.ravel(), minlength=len(centres)))
    found = []
    for cell in range(len(centres)):
        inside = members[member_ends[cell - 1] if cell else 0:member_ends[cell]]
        asking = visitors[visitor_ends[cell - 1] if cell else 0:visitor_ends[cell]]
        if len(inside):
            near = vectors[asking] @ vectors[inside].T
            found.append(_best_in_rows(near, asking, inside, nearest))
    return _best_of(*_joined(found), nearest)[:2]


def _centres(vectors):
    """Return √n centres of k-means over a part of the rows, in whole numbers, (√n, d)."""
    count = int(np.sqrt(len(vectors)))
    learning = vectors[:: max(1, len(vectors) // (count * 64))]
    centres = learning[np.linspace(0, len(learning) - 1, count).astype(int)]
    for _ in range(ROUNDS):
        home = np.concatenate([(learning[start:start + CHUNK] @ centres.T).argmax(axis=1)
                               for start in range(0, len(learning), CHUNK)])
        groups = sparse.csr_array((np.ones(len(home)), (home, np.arange(len(home)))),
                                  shape=(count, len(learning)))
        sums = groups @ learning.astype(np.float64)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = np.rint(sums / np.maximum(lengths, 1.0) * 2048)
        centres = np.where(lengths > 0, moved, centres).astype(np.float32)
    return centres


def _highest(values, count):
    """Return the columns of the highest values of each row, best first, ties by the lowest."""
    values = values.copy()
    found = np.empty((len(values), count), dtype=np.int64)
    for place in range(count):
        found[:, place] = values.argmax(axis=1)
        values[np.arange(len(values)), found[:, place]] = -np.inf
    return found


def _best_in_rows(values, rows, columns, count):
    """Return (row, column, value) of the best positive values of each row of a dense table."""
    asked = min(count + 1, values.shape[1])  # a row finds itself as well
    least = np.partition(values, values.shape[1] - asked, axis=1)[:, -asked]
    row, column = np.nonzero(values >= np.maximum(least, 1.0)[:, None])
    return _best_of(rows[row], columns[column], values[row, column], count)


def _best_of(rows, columns, values, count):
    """Return the `count` best (row, column, value) of each row, ties by the lowest column."""
    apart = rows != columns
    rows, columns, values = rows[apart], columns[apart], values[apart]
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    places = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    kept = places < count
    return rows[kept], columns[kept], values[kept]


def _joined(found):
    """Return tuples of arrays laid end to end."""
    return tuple(np.concatenate(parts) for parts in zip(*found))
