"""Score a cut of a tree by the separation of its clusters (silhouette)."""

import numpy as np


def silhouette(sums: np.ndarray, itself: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean silhouette, -1 … 1, from each cluster's summed similarity to each row.

    The distance is 1 minus the similarity; a cluster of one scores 0. Source: Rousseeuw 1987,
    "Silhouettes", Journal of Computational and Applied Mathematics 20.
    """
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return 0.0
    here = np.arange(len(labels))
    own = sizes[labels]
    inside = 1 - (sums[labels, here] - itself) / np.maximum(own - 1, 1)
    averages = sums / sizes[:, None]
    averages[labels, here] = -np.inf
    outside = 1 - averages.max(axis=0)
    values = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
    return float(np.where(own > 1, values, 0.0).mean())
