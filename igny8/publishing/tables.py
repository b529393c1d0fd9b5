"""Write tables as CSV that spreadsheets open as text and numbers, never as formulas."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

# what a spreadsheet takes for the beginning of a formula, in the widths in which it takes it
FORMULA_PREFIXES = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LINE_ENDS = ("\t", "\r", "\n")


def to_csv(columns: Iterable[str], rows: Iterable[Iterable], target: BinaryIO) -> int:
    """Write a table with its header as UTF-8 with a byte order mark; return the rows written."""
    text = io.TextIOWrapper(target, "utf-8-sig", errors="replace", newline="")
    writer, count = csv.writer(text), 0
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        count += 1
    text.detach()
    return count


def safe_cell(value: object) -> object:
    """Return a value safe for a cell: a text that would be a formula gets an apostrophe."""
    if not isinstance(value, str):
        return value
    return (
        f"'{value}"
        if value.startswith(LINE_ENDS) or value.lstrip().startswith(FORMULA_PREFIXES)
        else value
    )
