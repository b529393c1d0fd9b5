"""Plan articles without a model, only from keywords of the cluster: propose()."""

from igny8.providers.builtin.ideas.proposing import propose

__all__ = ["propose"]
