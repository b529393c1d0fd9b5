"""Write tables as CSV that spreadsheets open as text and numbers, never as formulas.

A spreadsheet may split a file at `;` or tab although its cells are separated by commas, depending
on its language. Every cell is therefore quoted, and within a text whatever follows a separator is
treated like the beginning of a cell. `igny8.importers.normalise.clean_text` reverses it.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import IO

# what a spreadsheet takes for the beginning of a formula, in the widths in which it takes it
FORMULA_PREFIXES = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LINE_ENDS = ("\t", "\r", "\n")
# a separator or the beginning, then blanks and quotes, then what would begin a formula
FORMULA_START = re.compile(
    r"((?:^|[;,\t\r\n])(?:[^\S\t\r\n]|\")*)(?='*[" + re.escape("".join(FORMULA_PREFIXES)) + "])"
)


def to_csv(columns: Iterable[str], rows: Iterable[Iterable], target: IO[bytes]) -> int:
    """Write a table with its header as UTF-8 with a byte order mark; return the rows written."""
    text = io.TextIOWrapper(target, "utf-8-sig", errors="replace", newline="")
    writer, count = csv.writer(text, quoting=csv.QUOTE_ALL), 0
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        count += 1
    text.detach()
    return count


def safe_cell(value: object) -> object:
    """Return a value safe for a cell: possible formulas get a leading apostrophe."""
    if not isinstance(value, str):
        return value
    safe = FORMULA_START.sub(r"\1'", value)
    return f"'{safe}" if safe.startswith(LINE_ENDS) else safe
