"""Choose the similarity at which the tree of merges is cut into clusters."""

import hashlib

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.linkage import build_tree
from igny8.providers.builtin.clustering.neighbours import candidate_pairs

SAMPLE = 2_000
THRESHOLDS = np.round(np.arange(0.12, 0.8001, 0.02), 2)
DEFAULT = 0.28
DEFAULT_LEXICAL = 0.18
BRANCHES = (0.12, 0.20, 0.28, 0.40)  # cuts whose groups may be sampled, the largest first
PULL = 0.15  # what a whole unit away from the default costs, in silhouette
SHIFT = 1.6  # factor that strictness 1 brings, and by which -1 divides
PILLARS = 0.08
PILLARS_LEXICAL = 0.05
FEWEST = 12  # keywords; with fewer the silhouette says nothing


def default_for(blocks):
    """Return the cut that is taken when nothing speaks for another."""
    return DEFAULT if blocks.weight else DEFAULT_LEXICAL


def pillars_for(blocks):
    """Return the coarser cut that gives the broad topics."""
    return PILLARS if blocks.weight else PILLARS_LEXICAL


def threshold_for(blocks, tree, texts, strictness):
    """Return the cut for a tree; strictness -1 … 1 moves it to fewer or more clusters."""
    chosen = _chosen(blocks, tree, texts)
    return round(float(np.clip(chosen * SHIFT ** np.clip(strictness, -1, 1), 0.05, 0.9)), 4)


def _chosen(blocks, tree, texts):
    """Return the best cut; above SAMPLE the mean of a sample's own and of the sampled whole.

    The silhouette drifts finer as a list grows, which the tree of the sample alone balances.
    """
    if len(texts) < FEWEST:
        return default_for(blocks)
    if len(texts) <= SAMPLE:
        return _best(blocks, tree, np.arange(len(texts)))
    rows = np.sort(_by_hash(texts)[:SAMPLE])
    part = blocks.take(rows)
    alone = build_tree(part, candidate_pairs(part), pillars_for(blocks))
    progress_reporter.report("cut", 0.2)
    chosen = _best(part, alone, np.arange(len(rows)))
    progress_reporter.report("cut", 0.6)
    return (chosen + _best(blocks, tree, _whole_groups(tree, texts))) / 2


def _by_hash(texts):
    """Return the places of texts in the order of their hashes, which no other text changes."""
    hashes = [
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() for text in texts
    ]
    return sorted(range(len(texts)), key=hashes.__getitem__)


def _whole_groups(tree, texts):
    """Return about SAMPLE row numbers that make up whole branches, chosen by their hash.

    Whole, because half a cluster looks looser and lonelier than it is.
    """
    groups = np.arange(tree.leaves)
    undecided = np.ones(tree.leaves, dtype=bool)
    for level, threshold in enumerate(BRANCHES):
        labels = tree.cut(threshold)
        small = undecided & (np.bincount(labels)[labels] <= SAMPLE // 4)
        groups[small] = labels[small] + (level + 1) * tree.leaves
        undecided &= ~small
    _, leaders, numbers = np.unique(groups, return_index=True, return_inverse=True)
    chosen, size, sizes = [], 0, np.bincount(numbers)
    for place in _by_hash([texts[leader] for leader in leaders]):
        if size >= SAMPLE:
            break
        chosen.append(place)
        size += sizes[place]
    return np.flatnonzero(np.isin(numbers, chosen))


def _best(blocks, tree, rows):
    """Return the threshold with the best mean silhouette over some rows, pulled to the default."""
    part = blocks.take(rows)
    default = default_for(blocks)
    lexical, dense = part.lexical(), part.dense()
    sums = part.weight * (dense @ dense.T) + (lexical @ lexical.T).toarray()
    sums /= part.scale
    itself = np.diagonal(sums).copy()
    labels = np.arange(len(rows))
    scores = []
    for threshold in THRESHOLDS[::-1]:
        coarser = _renumbered(tree.cut(threshold)[rows])
        if coarser.max() < labels.max():
            sums, labels = _joined(sums, labels, coarser), coarser
        score = _silhouette(sums, itself, labels)
        scores.append(round(score - PULL * abs(threshold - default), 9))
    return float(THRESHOLDS[::-1][int(np.argmax(scores))])


def _renumbered(labels):
    """Return labels without gaps."""
    return np.unique(labels, return_inverse=True)[1]


def _joined(sums, finer, coarser):
    """Return sums over clusters, (coarser, rows), from those over the finer clusters within."""
    parents = np.zeros(len(sums), dtype=np.int64)
    parents[finer] = coarser
    merge = sparse.csr_array((np.ones(len(sums)), (parents, np.arange(len(sums)))))
    return merge @ sums


def _silhouette(sums, itself, labels):
    """Return the mean silhouette, -1 … 1, from each cluster's summed similarity to each row.

    The distance is 1 less the similarity; a cluster of one counts as 0. Source: Rousseeuw 1987,
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
