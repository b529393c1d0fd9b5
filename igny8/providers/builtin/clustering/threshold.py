"""Choose the similarity at which the tree of merges is cut into clusters."""

import hashlib

import numpy as np
from scipy import sparse

from igny8.providers.builtin.clustering import progress_reporter
from igny8.providers.builtin.clustering.evidence import EVIDENCE_SHARE
from igny8.providers.builtin.clustering.features import Features
from igny8.providers.builtin.clustering.linkage import Tree, build_tree
from igny8.providers.builtin.clustering.neighbours import candidate_pairs
from igny8.providers.builtin.clustering.silhouette import silhouette

SAMPLE = 2_000
THRESHOLDS = np.round(np.arange(0.12, 0.8001, 0.02), 2)
DEFAULTS = {
    "encoder": (0.60, 0.30),
    "multilingual": (0.40, 0.28),
    "table": (0.50, 0.28),
    "given": (0.28, 0.28),
}
DEFAULT_LEXICAL = 0.18
SHORT, LONG = 4.0, 6.0  # mean words per keyword to which the two defaults belong
BRANCHES = (0.12, 0.20, 0.28, 0.40)  # cuts whose groups may be sampled, the largest first
PULL = 0.15  # what a whole unit away from the default costs, in silhouette
FEW = 100  # keywords; the fewer there are, the less the silhouette says and the stronger the pull
NEARLY = 0.01  # silhouette below the best that counts as equally good: their mean is taken
PARTS = 3  # subsamples whose own cuts steady the choice
PART_SHARE = 0.7  # of the keywords, in each of them
SHIFT = 1.6  # factor that strictness 1 brings, and by which -1 divides
PILLARS = {"encoder": 0.14, "multilingual": 0.06, "table": 0.08, "given": 0.08, "lexical": 0.05}
FEWEST = 12  # keywords; with fewer the silhouette says nothing


def default_for(features: Features) -> float:
    """Return the threshold that is used if the keywords suggest no other.

    Longer keywords are less similar to each other at the same distance of meaning.
    """
    if features.method not in DEFAULTS:
        return DEFAULT_LEXICAL
    short, long = DEFAULTS[features.method]
    share = min(1.0, max(0.0, (features.length - SHORT) / (LONG - SHORT)))
    return short + (long - short) * share


def pillars_for(features: Features) -> float:
    """Return the lower threshold whose cut gives the pillars."""
    return PILLARS[features.method]


def threshold_for(features: Features, tree: Tree, texts: list[str], strictness: float) -> float:
    """Return the threshold for a tree; strictness -1 … 1 moves it to fewer or more clusters."""
    return _shifted(_chosen(features, tree, texts), strictness)


def calibrated_threshold(tree: Tree, groups: np.ndarray, strictness: float) -> float:
    """Return the threshold whose cut agrees best with the groups of the file (B³).

    `tree` is that of the words alone; `groups` (n,) numbers the file's own groups, -1 for none.
    Evidence changes the similarity of the keywords that have any, so the threshold that suits all
    of them is lower.
    """
    known = np.flatnonzero(groups >= 0)
    scores = [round(_b_cubed(groups[known], tree.cut(t)[known]), 9) for t in THRESHOLDS]
    share, rest = len(known) / len(groups), 1 - EVIDENCE_SHARE
    mean = share**2 * rest + 2 * share * (1 - share) * rest**0.5 + (1 - share) ** 2
    return _shifted(_middle(np.array(scores), THRESHOLDS) * mean, strictness)


def _shifted(threshold: float, strictness: float) -> float:
    """Return a threshold moved by the strictness, within bounds."""
    return round(float(np.clip(threshold * SHIFT ** np.clip(strictness, -1, 1), 0.05, 0.9)), 4)


def _b_cubed(truth: np.ndarray, found: np.ndarray) -> float:
    """Return the B³ F1 of two groupings. Source: Bagga and Baldwin 1998."""
    _, places, counts = np.unique(
        np.stack([truth, found]), axis=1, return_inverse=True, return_counts=True
    )
    both = counts[places.ravel()]
    precision = (both / np.bincount(found)[found]).mean()
    recall = (both / np.bincount(truth)[truth]).mean()
    return 2 * precision * recall / (precision + recall)


def _middle(scores: np.ndarray, thresholds: np.ndarray) -> float:
    """Return the mean of the thresholds that score nearly as well as the best."""
    return float(thresholds[scores >= scores.max() - NEARLY].mean())


def _chosen(features: Features, tree: Tree, texts: list[str]) -> float:
    """Return the best threshold; above SAMPLE keywords, the mean of two estimates on samples.

    The silhouette prefers finer cuts as a list grows, which the tree of the sample alone balances.
    It also jumps when a few keywords are added, which the median over subsamples balances.
    """
    if len(texts) < FEWEST:
        return default_for(features)
    order = np.array(_by_hash(texts))
    found = [_best(features, tree, np.arange(len(texts)))] if len(texts) <= SAMPLE else []
    size = min(SAMPLE, int(len(texts) * PART_SHARE))
    for number in range(PARTS - 1 if found else PARTS):
        rows = np.sort(np.roll(order, -number * (len(texts) // PARTS))[:size])
        part = features.take(rows)
        alone = build_tree(part, candidate_pairs(part), pillars_for(features))
        found.append(_best(part, alone, np.arange(len(rows))))
        progress_reporter.report("cut", (number + 1) / (PARTS + 1))
    chosen = float(np.median(found))
    if len(texts) <= SAMPLE:
        return chosen
    return (chosen + _best(features, tree, _whole_groups(tree, texts))) / 2


def _by_hash(texts: list[str]) -> list[int]:
    """Return the indexes of texts ordered by their hashes, which depend on no other text."""
    hashes = [
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() for text in texts
    ]
    return sorted(range(len(texts)), key=hashes.__getitem__)


def _whole_groups(tree: Tree, texts: list[str]) -> np.ndarray:
    """Return about SAMPLE row numbers that make up whole branches, chosen by hash.

    Half a cluster would look looser and more isolated than the whole.
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


def _best(features: Features, tree: Tree, rows: np.ndarray) -> float:
    """Return the threshold with the best mean silhouette over some rows, biased to the default."""
    part = features.take(rows)
    default, pull = default_for(features), PULL * max(1.0, FEW / len(rows))
    lexical, dense = part.sparse_rows(), part.dense()
    sums = part.weight * (dense @ dense.T) + (lexical @ lexical.T).toarray()
    sums /= part.scale
    itself = np.diagonal(sums).copy()
    labels = np.arange(len(rows))
    scores = []
    for threshold in THRESHOLDS[::-1]:
        coarser = _renumbered(tree.cut(threshold)[rows])
        if coarser.max() < labels.max():
            sums, labels = _joined(sums, labels, coarser), coarser
        score = silhouette(sums, itself, labels)
        scores.append(round(score - pull * abs(threshold - default), 9))
    return _middle(np.array(scores), THRESHOLDS[::-1])


def _renumbered(labels: np.ndarray) -> np.ndarray:
    """Return labels without gaps."""
    return np.unique(labels, return_inverse=True)[1]


def _joined(sums: np.ndarray, finer: np.ndarray, coarser: np.ndarray) -> np.ndarray:
    """Return sums over clusters, (coarser, rows), from those of the finer clusters within."""
    parents = np.zeros(len(sums), dtype=np.int64)
    parents[finer] = coarser
    merge = sparse.csr_array((np.ones(len(sums)), (parents, np.arange(len(sums)))))
    return merge @ sums
