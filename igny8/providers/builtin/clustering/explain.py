"""Explain why keywords are in one cluster (nearest members, shared words) and suggest a split."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from igny8.providers.base import ClusterReasons
from igny8.providers.builtin.clustering.features import Features, build_features
from igny8.providers.builtin.clustering.linkage import Tree, build_tree
from igny8.providers.builtin.clustering.text import Keyword, Reader
from igny8.providers.builtin.clustering.vectors import source_for

NEAREST = 3
MIN_SHARE = 0.5  # of the members that have a word, for it to be called shared
MAX_PARTS = 5  # of the suggested cut
NO_PART = -1


def explain(texts: Sequence[str], language: str) -> ClusterReasons:
    """Return the reasons for a cluster of these keywords, compared only with each other."""
    reader = Reader(language)
    read = [reader.read(text) for text in texts]
    places = [place for place, keyword in enumerate(read) if keyword is not None]
    keywords = [keyword for keyword in read if keyword is not None]
    nearest: list[tuple[tuple[int, float], ...]] = [() for _ in texts]
    parts = [NO_PART] * len(texts)
    if len(keywords) > 1:
        features = build_features(keywords, source_for(keywords, reader.language))
        similar = _similarities(features)
        tree = build_tree(features, np.triu_indices(len(keywords), 1), -1.0)
        for place, row, part in zip(places, similar, _cut(tree), strict=True):
            closest = np.argsort(-row, kind="stable")[:NEAREST]
            nearest[place] = tuple(
                (places[other], round(float(row[other]), 2)) for other in closest if row[other] > 0
            )
            parts[place] = int(part)
    return ClusterReasons(tuple(nearest), _shared_words(keywords), tuple(parts))


def _similarities(features: Features) -> np.ndarray:
    """Return the pairwise similarity of all rows, (n, n), with -1 on the diagonal."""
    dense, lexical = features.dense(), features.sparse_rows()
    products = features.weight * (dense @ dense.T) + (lexical @ lexical.T).toarray()
    similar = products / features.scale
    np.fill_diagonal(similar, -1)
    return similar


def _cut(tree: Tree) -> np.ndarray:
    """Return the part of each leaf for the topmost cut with two parts of at least two members.

    If no cut has two such parts, the first member to leave is split off.
    """
    heights = np.unique(tree.heights)
    cuts = [tree.cut(np.nextafter(height, 2)) for height in heights[: 4 * MAX_PARTS]]
    for labels in cuts:
        sizes = np.sort(np.bincount(labels))
        if len(sizes) <= MAX_PARTS and len(sizes) > 1 and sizes[-2] > 1:
            return labels
    return cuts[0] if cuts else np.zeros(tree.leaves, dtype=np.int64)


def _shared_words(keywords: Sequence[Keyword]) -> tuple[tuple[str, int], ...]:
    """Return (word, how many members have it) of shared words, in their most frequent form."""
    forms: dict[str, Counter[str]] = {}
    for keyword in keywords:
        for stem, word in dict(zip(keyword.stems, keyword.counting, strict=True)).items():
            forms.setdefault(stem, Counter())[word] += 1
    counts = {stem: found.total() for stem, found in forms.items()}
    shared = [stem for stem, count in counts.items() if count > MIN_SHARE * len(keywords)]
    ordered = sorted(shared, key=lambda stem: (-counts[stem], stem))
    return tuple((forms[stem].most_common(1)[0][0], counts[stem]) for stem in ordered)
