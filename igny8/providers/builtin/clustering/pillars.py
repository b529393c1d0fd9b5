"""Assign new clusters to existing pillars (broad topics)."""

import numpy as np

from igny8.providers.base import KnownCluster
from igny8.providers.builtin.clustering.features import Features
from igny8.providers.builtin.clustering.similarity import nearest_group
from igny8.providers.builtin.clustering.threshold import pillars_for


class KnownPillars:
    """The pillars of known clusters, whose members are the last rows of Features."""

    def __init__(self, features: Features, known: list[KnownCluster], owners: list[int]) -> None:
        """Store Features, the known clusters, and the cluster index of each member."""
        self._features = features
        topics = [known[place].pillar or known[place].name for place in owners]
        self._names, self._labels = np.unique(np.array(topics, dtype=str), return_inverse=True)
        count = features.words.shape[0]
        self._rows = np.arange(count - len(owners), count)

    def over(self, rows: np.ndarray, groups: np.ndarray) -> dict[int, str]:
        """Return {group: name} for the groups of rows that are similar to a known pillar."""
        if not len(self._rows):
            return {}
        nearest, averages = nearest_group(self._features, rows, self._rows, self._labels)
        shape = groups.max() + 1, len(self._names)
        votes = np.zeros(shape)
        np.add.at(votes, (groups, nearest), averages)
        near = votes.max(axis=1) / np.bincount(groups) >= pillars_for(self._features)
        return {
            int(group): str(self._names[votes[group].argmax()]) for group in np.flatnonzero(near)
        }
