"""Compare keywords with whole clusters through the clusters' sum vectors."""

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering.features import Features

CHUNK = 1_000


def to_own(features: Features, labels: np.ndarray) -> np.ndarray:
    """Return each row's cosine with the centre of its cluster, -1 … 1, (n,)."""
    dense, lexical = features.dense(), features.sparse_rows()
    products = features.weight * np.einsum("ij,ij->i", dense, (_groups(labels) @ dense)[labels])
    products += _lexical_to_own(lexical, labels)
    itself = features.weight * np.einsum("ij,ij->i", dense, dense)
    itself += lexical.multiply(lexical).sum(axis=1)
    centres = np.bincount(labels, weights=products)[labels]
    return products / np.sqrt(np.maximum(itself * centres, 1.0))


def _lexical_to_own(matrix: sparse.csr_array, labels: np.ndarray) -> np.ndarray:
    """Return each sparse row's product with the sum of its cluster's rows, (n,).

    The sums are not expanded per row, which would need memory for clusters times members.
    """
    rows, columns = matrix.shape
    owners = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    keys = labels[owners].astype(np.int64) * columns + matrix.indices
    _, places = np.unique(keys, return_inverse=True)
    sums = np.bincount(places, weights=matrix.data)
    return np.bincount(owners, weights=matrix.data * sums[places], minlength=rows)


def nearest_group(
    features: Features, rows: np.ndarray, group_rows: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return for some rows the group with the highest average similarity, and that similarity.

    `labels` is the group of each of `group_rows`, 0 … m - 1 without gaps. Ties go to the lowest
    group.
    """
    theirs, grouped, sizes = features.take(group_rows), _groups(labels), np.bincount(labels)
    dense_sums = grouped @ theirs.dense()
    lexical_sums = (grouped @ theirs.sparse_rows()).T.tocsr()
    found, averages = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows))
    for start in range(0, len(rows), CHUNK):
        part = features.take(rows[start : start + CHUNK])
        products = part.weight * (part.dense() @ dense_sums.T)
        products += (part.sparse_rows() @ lexical_sums).toarray()
        products /= sizes * part.scale
        best = products.argmax(axis=1)
        found[start : start + CHUNK] = best
        averages[start : start + CHUNK] = products[np.arange(len(best)), best]
    return found, averages


def _groups(labels: np.ndarray) -> sparse.csr_array:
    """Return the sparse matrix, (clusters, n), that sums the rows of each cluster."""
    count = len(labels)
    return sparse.csr_array(
        (np.ones(count), (labels, np.arange(count))),
        shape=(labels.max() + 1 if count else 0, count),
    )
