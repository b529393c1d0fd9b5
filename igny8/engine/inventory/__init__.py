"""Readings of websites: started by a person, carried out in slices by the worker that claims them.

What was read stays when a worker dies: the next one goes on with the next page
(docs/inventory.md#a-reading).
"""

from igny8.engine.inventory.actions import cancel, start
from igny8.engine.inventory.reading_worker import read_next

__all__ = ["cancel", "read_next", "start"]
