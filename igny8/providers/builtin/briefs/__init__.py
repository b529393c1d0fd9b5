"""Write content briefs without a model: write(), and clean() for any HTML that is kept."""

from igny8.providers.builtin.briefs.html import clean
from igny8.providers.builtin.briefs.writing import write

__all__ = ["clean", "write"]
