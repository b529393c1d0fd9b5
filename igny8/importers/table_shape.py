"""Detect the delimiter and width of a table, and which cells are numbers."""

from collections import Counter

from igny8.importers.layout import Table
from igny8.importers.limits import HEADER_LINES
from igny8.importers.numbers import is_missing, real
from igny8.importers.textfile import LIST


def shape_of(table: Table) -> tuple[str, int, int] | None:
    """Return (delimiter, width, first line) of an evident table, or None for a list.

    Records of the table's width count even if their last cells are blank.
    """
    best = None
    for delimiter in table.delimiters:
        rows = table.head(delimiter)
        if delimiter in (",", ";") and _is_only_in_prose(table, delimiter):
            continue
        widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
        if not widths:
            continue
        width, often = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        first = next(at for at, (_, cells) in enumerate(rows) if len(cells) == width)
        share = often / max(1, len(rows) - first)
        if share >= 0.8 and first < HEADER_LINES and (best is None or (share, width) > best[0]):
            best = ((share, width), (delimiter, width, rows[first][0]))
    return best and best[1]


def _is_only_in_prose(table: Table, mark: str) -> bool:
    """Return whether a delimiter is always followed by a space, as in prose."""
    lines = [str(cells[0]) for _, cells in table.head(LIST)]
    return len(lines) > 1 and all(line.count(mark) == line.count(mark + " ") for line in lines)


def is_number(cell: object) -> bool:
    """Return whether a cell is a number; a missing value is not."""
    if is_missing(cell):
        return False
    try:
        return real(cell) is not None
    except ValueError:
        return False
