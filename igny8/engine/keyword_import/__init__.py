"""Keyword imports: previewed, confirmed, then merged in batches by the claiming worker.

What a worker wrote is kept when it dies: the next one continues after the last batch. If the file
turns out to be unreadable or the import is cancelled, its changes are reverted
(docs/imports.md#what-happens-to-an-import).
"""

from igny8.engine.keyword_import.actions import cancel, confirm, restore_rows, undo
from igny8.engine.keyword_import.claims import has_waiting
from igny8.engine.keyword_import.import_worker import import_next
from igny8.engine.keyword_import.preview import UNKNOWN, preview

__all__ = [
    "UNKNOWN",
    "cancel",
    "confirm",
    "has_waiting",
    "import_next",
    "preview",
    "restore_rows",
    "undo",
]
