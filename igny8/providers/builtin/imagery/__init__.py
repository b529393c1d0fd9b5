"""Images without a model: prompts from a page's headings, and title cards made with Pillow."""

from igny8.providers.builtin.imagery.card import draw
from igny8.providers.builtin.imagery.prompts import describe

__all__ = ["describe", "draw"]
