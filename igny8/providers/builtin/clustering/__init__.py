"""Group and compare keywords without a key and without a network: cluster(), nearest()."""

from igny8.providers.builtin.clustering.nearest import nearest
from igny8.providers.builtin.clustering.plan import cluster

__all__ = ["cluster", "nearest"]
