"""Decide whether a row is a keyword, and refuse a file with an unclosed quote."""

from collections.abc import Sequence

from igny8.importers.layout import Layout, trimmed
from igny8.importers.limits import MAX_COLUMNS, MAX_KEYWORD_CHARS, BadRow, bad_file
from igny8.importers.normalise import has_substance
from igny8.importers.sheet_cells import no_text_kind

_SPREADSHEET_ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#N/A", "#DIV/0!", "#NULL!", "#NUM!")


def rejection(text: str, raw: object, cells: Sequence, layout: Layout) -> str | None:
    """Return why a row is rejected, with the remedy; None if it is accepted.

    `text` is the keyword, `raw` the cell it was read from.
    """
    if cells.__class__ is BadRow:
        return cells.reason
    if not text:
        return "no keyword in this row"
    if kind := no_text_kind(raw):
        return f"the keyword cell is {kind}, not text"
    if len(text) > MAX_KEYWORD_CHARS:
        return f"longer than {MAX_KEYWORD_CHARS} characters; shorten it"
    if text in layout.columns and _is_header(cells, layout):
        return "the header again"
    if len(cells) > len(layout.columns) and len(trimmed(cells)) > len(layout.columns):
        return (
            f"{len(trimmed(cells))} cells where the header has {len(layout.columns)}; "
            "put quotes around cells that hold the delimiter"
        )
    if text in _SPREADSHEET_ERRORS:
        return "an error of the spreadsheet, not a keyword"
    return None if has_substance(text) else "no letter or digit in it"


def _is_header(cells: Sequence, layout: Layout) -> bool:
    """Return whether a row repeats the header; in a single column it may be a keyword."""
    has_header = layout.header_line and len(layout.columns) > 1
    return bool(has_header) and [str(cell).strip() for cell in trimmed(cells)] == layout.columns


def refuse_runaway_quote(layout: Layout, text_at: int, line: int, cells: Sequence) -> None:
    """Raise ExternalError if a quoted cell contains the lines that follow it.

    A record with the header's number of cells is valid regardless of their content. `text_at` is
    the position of the keyword.
    """
    if _has_swallowed_lines(layout, text_at, cells):
        raise bad_file(
            f'{layout.table.name}: a quote (") opened on line {line} runs over the next lines. '
            "Close or remove it and import again."
        )
    if len(cells) > MAX_COLUMNS and not layout.is_spread:
        raise bad_file(
            f"{layout.table.name}: line {line} has {len(cells):,} cells. Put one keyword on a "
            "line and import again."
        )


def _has_swallowed_lines(layout: Layout, text_at: int, cells: Sequence) -> bool:
    filled, width = len(trimmed(cells)), len(layout.columns)
    text = cells[text_at] if text_at < len(cells) else ""
    if "\n" in text and layout.delimiter in text and filled != width:
        return True
    is_uneven = filled > width or len(cells) < min(width, text_at + 2)
    return is_uneven and any("\n" in cell for cell in cells)
