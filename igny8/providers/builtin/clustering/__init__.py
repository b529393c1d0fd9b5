"""Group, compare and explain keywords without a key and without a network."""

from igny8.providers.builtin.clustering.explain import explain
from igny8.providers.builtin.clustering.nearest import nearest
from igny8.providers.builtin.clustering.plan import cluster

__all__ = ["cluster", "explain", "nearest"]
