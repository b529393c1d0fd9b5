"""Use the groups given in a keyword file: its topic or group column."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from igny8.providers.base import KnownCluster
from igny8.providers.builtin.clustering.entries import Entry

NO_GROUP = -1


@dataclass(frozen=True, slots=True)
class OwnGroups:
    """The file's groups: the number of each entry's group, NO_GROUP for none, and their names."""

    numbers: np.ndarray
    names: list[str]

    def homes(self, known: list[KnownCluster], homes: np.ndarray) -> np.ndarray:
        """Return the known cluster of each grouped entry, by its group, or none.

        It is the cluster with the most members of the group.
        """
        found = np.append([_home_of(name, known) for name in self.names], NO_GROUP).astype(int)
        return np.where(self.numbers == NO_GROUP, homes, found[self.numbers])

    def relabel(self, rest: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
        """Return labels 0 … m - 1 with one cluster per group, and {label: group name}.

        `rest` are the indexes of the labelled entries; those without a group keep their labels.
        """
        numbers = self.numbers[rest]
        joined = np.where(numbers == NO_GROUP, len(self.names) + labels, numbers)
        used, new_labels = np.unique(joined, return_inverse=True)
        names = {
            label: self.names[number]
            for label, number in enumerate(used)
            if number < len(self.names)
        }
        return new_labels, names


def own_groups(entries: list[Entry]) -> OwnGroups:
    """Return the groups of the file, each named by its most frequent spelling."""
    stated = [_stated(entry) for entry in entries]
    spellings: dict[str, Counter[str]] = {}
    for text in filter(None, stated):
        spellings.setdefault(text.casefold(), Counter())[text] += 1
    order = {folded: number for number, folded in enumerate(sorted(spellings))}
    numbers = [order.get(text.casefold(), NO_GROUP) for text in stated]
    names = [min(spellings[folded], key=lambda t: (-spellings[folded][t], t)) for folded in order]
    return OwnGroups(np.array(numbers, dtype=int), names)


def _stated(entry: Entry) -> str:
    evidence = entry.evidence
    return " ".join((evidence.group or evidence.parent or "").split())


def _home_of(name: str, known: list[KnownCluster]) -> int:
    """Return the index of the known cluster with the most members of a group, or NO_GROUP."""
    counts = [
        sum((parent or "").casefold() == name.casefold() for parent in one.parents) for one in known
    ]
    best = int(np.argmax(counts)) if counts else 0
    return best if counts and counts[best] else NO_GROUP
