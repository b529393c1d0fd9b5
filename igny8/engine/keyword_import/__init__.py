"""Keyword imports: previewed, confirmed, merged batch by batch by the worker that claimed them.

What a worker wrote stays when it dies: the next one goes on after the last batch. A file that
turns out to be unreadable, or is cancelled, takes back what it brought
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
