"""Name the clusters and pillars of one tree."""

from collections.abc import Mapping

import numpy as np

from igny8.providers.builtin.clustering.entries import Entry
from igny8.providers.builtin.clustering.features import Features
from igny8.providers.builtin.clustering.name_ranking import Candidate, rank_names, rarities
from igny8.providers.builtin.clustering.naming import Namer
from igny8.providers.builtin.clustering.similarity import to_own

PILLAR_WORDS = (1, 3)


def name_clusters(
    features: Features,
    entries: list[Entry],
    labels: np.ndarray,
    broad: np.ndarray,
    namer: Namer,
    language: str = "en",
    stated: Mapping[int, str] | None = None,
) -> tuple[dict[int, tuple[str, str]], dict[int, str]]:
    """Return (name, slug) of each cluster and {pillar number: name}.

    `labels` and `broad` are the cluster and the pillar of each entry. Clusters with the most volume
    are named first. A pillar of one cluster has its name. `stated` are names of clusters that come
    from the file.
    """
    rarity = rarities([frozenset(entry.keyword.stems) for entry in entries])
    clusters, pillars, own = groups_of(labels), groups_of(broad), Namer()
    options = _options(features, entries, labels, rarity, language=language)
    for label, name in (stated or {}).items():
        options[label] = [name, *options[label]]
    names = {label: namer.take(options[label]) for label in _by_volume(clusters, entries)}
    wider = _options(features, entries, broad, rarity, PILLAR_WORDS, language)
    topics: dict[int, str] = {}
    for number in _by_volume(pillars, entries):
        inside = {int(labels[place]) for place in pillars[number]}
        only = [names[inside.pop()][0]] if len(inside) == 1 else []
        topics[number] = own.take(only + wider[number])[0]
    return dict(sorted(names.items())), topics


def groups_of(labels: np.ndarray) -> list[np.ndarray]:
    """Return the indexes of each label 0 … m - 1, in order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels))[:-1])


def _options(
    features: Features,
    entries: list[Entry],
    labels: np.ndarray,
    rarity: dict[str, float],
    words: tuple[int, int] = (2, 4),
    language: str = "en",
) -> list[list[str]]:
    """Return the possible names of each group, best first."""
    closeness = to_own(features, labels)
    candidates = [_candidate(*one) for one in zip(entries, closeness, strict=True)]
    return [
        rank_names([candidates[place] for place in places], rarity, words, language)
        for places in groups_of(labels)
    ]


def _candidate(entry: Entry, closeness: float) -> Candidate:
    """Return an entry as a candidate for the name."""
    stems, words = frozenset(entry.keyword.stems), len(entry.keyword.words)
    return Candidate(entry.phrases[0].text, stems, entry.volume, words, closeness)


def _by_volume(groups: list[np.ndarray], entries: list[Entry]) -> list[int]:
    """Return the numbers of groups by volume, highest first."""
    volumes = [sum(entries[place].volume for place in places) for places in groups]
    return sorted(range(len(groups)), key=lambda number: (-volumes[number], number))
