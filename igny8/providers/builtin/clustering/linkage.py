"""Merge keywords bottom-up by average linkage over candidate pairs.

The average similarity of two clusters is the product of their sum vectors divided by both sizes.
All mutually nearest clusters merge in one round; average linkage is reducible, so the tree is the
same as with one merge at a time. Source: Murtagh 1983, "A survey of recent advances in hierarchical
clustering algorithms", The Computer Journal 26 (4).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.features import Features

CHUNK = 3_000_000  # stored values of both sides whose products are taken at a time


@dataclass(frozen=True, slots=True)
class Tree:
    """Merges of n leaves: a leaf of either side and the height, the average similarity 0 … 1."""

    leaves: int
    first: np.ndarray
    second: np.ndarray
    heights: np.ndarray

    def cut(self, threshold: float) -> np.ndarray:
        """Return each leaf's cluster number, (n,), numbered by the lowest leaf."""
        merged = self.heights >= threshold
        links = sparse.coo_array(
            (np.ones(merged.sum(), dtype=np.int8), (self.first[merged], self.second[merged])),
            shape=(self.leaves, self.leaves),
        )
        _, labels = connected_components(links, directed=False)
        _, lowest, numbers = np.unique(labels, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(lowest))[numbers]


@dataclass(slots=True)
class _State:
    """Clusters of a round: sums, sizes, lowest leaves, lowest heights so far, and their edges."""

    dense: np.ndarray
    lexical: sparse.csr_array
    weight: int
    sizes: np.ndarray
    leaves: np.ndarray
    heights: np.ndarray
    first: np.ndarray
    second: np.ndarray
    totals: np.ndarray


def build_tree(features: Features, pairs: tuple[np.ndarray, np.ndarray], lowest: float) -> Tree:
    """Return the Tree of Features, merged over candidate pairs down to a lowest similarity."""
    count = features.words.shape[0]
    state = _State(
        features.dense(),
        features.sparse_rows(),
        features.weight,
        np.ones(count),
        np.arange(count),
        np.ones(count),
        *pairs,
        np.zeros(0),
    )
    state.totals = _products(state, state.first, state.second)
    merges, edges = [], len(state.first)
    while len(state.first):
        averages = _averages(state) / features.scale
        left, right, heights = _mutual(state, averages, lowest)
        if not len(left):
            break
        _keep(state, averages >= lowest)
        heights = np.minimum(heights, np.minimum(state.heights[left], state.heights[right]))
        merges.append((state.leaves[left], state.leaves[right], heights))
        _contract(state, left, right, heights)
        progress_reporter.report("merge", 1 - len(state.first) / edges)
    empty = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    return Tree(count, *(np.concatenate(parts) for parts in zip(empty, *merges, strict=True)))


def _products(state: _State, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the products of the sum vectors of pairs of clusters, whole numbers, (pairs,)."""
    filled = np.diff(state.lexical.indptr).astype(np.int64) + state.dense.shape[1]
    chunks = np.cumsum(filled[first] + filled[second]) // CHUNK
    starts = [*np.flatnonzero(np.diff(chunks, prepend=-1)), len(first)]
    found = np.empty(len(first))
    for start, end in pairwise(starts):
        left, right = first[start:end], second[start:end]
        lexical = state.lexical[left].multiply(state.lexical[right]).sum(axis=1)
        dense = np.einsum("ij,ij->i", state.dense[left], state.dense[right])
        found[start:end] = state.weight * dense + lexical
    return found


def _averages(state: _State) -> np.ndarray:
    """Return the average products over the edges, (edges,)."""
    return state.totals / (state.sizes[state.first] * state.sizes[state.second])


def _keep(state: _State, wanted: np.ndarray) -> None:
    """Drop the other edges, in place: an average of low similarities stays low."""
    state.first, state.second = state.first[wanted], state.second[wanted]
    state.totals = state.totals[wanted]


def _mutual(
    state: _State, averages: np.ndarray, lowest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mutually nearest clusters (left, right, average), ties by the lowest number."""
    count = len(state.sizes)
    best = np.full(count, -np.inf)
    np.maximum.at(best, state.first, averages)
    np.maximum.at(best, state.second, averages)
    nearest = np.full(count, count)
    for here, there in ((state.first, state.second), (state.second, state.first)):
        tied = averages == best[here]
        np.minimum.at(nearest, here[tied], there[tied])
    left = np.flatnonzero((best >= lowest) & (nearest < count))
    left = left[(nearest[nearest[left]] == left) & (left < nearest[left])]
    return left, nearest[left], best[left]


def _contract(state: _State, left: np.ndarray, right: np.ndarray, heights: np.ndarray) -> None:
    """Merge each right cluster into its left one, in place, and renumber the rest."""
    count = len(state.sizes)
    gone = np.zeros(count, dtype=bool)
    gone[right] = True
    numbers = np.cumsum(~gone) - 1
    numbers[right] = numbers[left]
    parts = np.bincount(numbers)

    merge = sparse.csr_array(
        (np.ones(count), (numbers, np.arange(count))), shape=(len(parts), count)
    )
    state.dense = merge @ state.dense
    state.lexical = (merge @ state.lexical).tocsr()
    state.lexical.sort_indices()
    state.sizes = merge @ state.sizes
    state.heights[left] = heights
    state.heights, state.leaves = state.heights[~gone], state.leaves[~gone]
    _contract_edges(state, numbers, parts)


def _contract_edges(state: _State, numbers: np.ndarray, parts: np.ndarray) -> None:
    """Renumber the edges, join parallel ones, and compute the missing products."""
    first, second = numbers[state.first], numbers[state.second]
    low, high = np.minimum(first, second), np.maximum(first, second)
    keys, totals = (low * len(parts) + high)[low != high], state.totals[low != high]
    keys, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    state.totals = np.bincount(places, weights=totals, minlength=len(keys))
    state.first, state.second = np.divmod(keys, len(parts))
    partial = counts < parts[state.first] * parts[state.second]
    state.totals[partial] = _products(state, state.first[partial], state.second[partial])
