"""Cells of a sheet that are not text: their names, and how they are shown."""

from igny8.importers.limits import (
    MAX_CELL_CHARS,
    BadRow,
)


class _NoText(str):
    """The text of a cell with another type, tagged with its `kind`: date, time or truth value."""

    __slots__ = ("kind",)
    kind: str


def no_text_kind(cell: object) -> str:
    """Return "a date", "a time" or "a truth value" for such a cell, else ""."""
    return cell.kind if isinstance(cell, _NoText) else ""


def tagged_cell(text: str, kind: str) -> _NoText:
    """Return a cell of another type (date, time, truth value) as text tagged with its kind."""
    cell = _NoText(text)
    cell.kind = kind
    return cell


def checked_cells(cells: list) -> list:
    """Return the cells of a row, or a BadRow if one of them is too long."""
    texts = [cell for cell in cells if cell.__class__ is str]
    if texts and len(max(texts, key=len)) > MAX_CELL_CHARS:
        short = [cell[:MAX_CELL_CHARS] if isinstance(cell, str) else cell for cell in cells]
        return BadRow(short, f"has a cell of more than {MAX_CELL_CHARS:,} characters; shorten it")
    return cells
