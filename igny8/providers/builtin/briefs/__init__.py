"""Write content briefs without a model."""

from igny8.providers.builtin.briefs.writing import write

__all__ = ["write"]
