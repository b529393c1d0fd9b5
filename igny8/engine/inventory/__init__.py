"""Readings of websites: started by a person, carried out in time slices by the claiming worker.

What was read is kept when a worker dies: the next one continues with the next page
(docs/inventory.md#a-reading).
"""

from igny8.engine.inventory.actions import cancel, start
from igny8.engine.inventory.reading_worker import read_next

__all__ = ["cancel", "read_next", "start"]
