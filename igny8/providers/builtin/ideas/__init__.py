"""Plan articles without a model, from the keywords that are really in a cluster: propose()."""

from igny8.providers.builtin.ideas.proposing import propose

__all__ = ["propose"]
