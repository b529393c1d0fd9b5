"""The layout of a table: its header, its columns, and its delimiter."""

from collections.abc import Sequence
from dataclasses import dataclass

from igny8.importers.dialects.base import Dialect
from igny8.importers.grid import GridTable
from igny8.importers.limits import MAX_COLUMNS
from igny8.importers.textfile import TextTable

Table = TextTable | GridTable


@dataclass(frozen=True)
class Layout:
    """How a table is to be read.

    `header_line` is 0 if there is none; `is_spread` means that the phrases are side by side on one
    line; `by_hand` are the fields that a person mapped.
    """

    table: Table
    dialect: Dialect
    delimiter: str
    header_line: int
    columns: list[str]
    is_spread: bool = False
    by_hand: tuple[str, ...] = ()


def column_names(cells: Sequence) -> list[str]:
    """Return the column names of a header: trimmed and unique; blank ones are numbered."""
    names: dict[str, None] = {}
    for position, cell in enumerate(trimmed(cells)[:MAX_COLUMNS], start=1):
        name = " ".join(str(cell).replace("\ufeff", "").split())[:200] or f"Column {position}"
        if name in names:
            name = f"{name} ({position})"
        names[name] = None
    return list(names)


def trimmed(cells: Sequence) -> list:
    """Return the cells without blank ones at the end."""
    end = len(cells)
    while end and (cells[end - 1] == "" or str(cells[end - 1]).isspace()):
        end -= 1
    return list(cells[:end])
