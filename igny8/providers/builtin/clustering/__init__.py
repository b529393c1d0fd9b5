"""Group keywords into clusters without a key and without a network: cluster()."""

from igny8.providers.builtin.clustering.plan import cluster

__all__ = ["cluster"]
