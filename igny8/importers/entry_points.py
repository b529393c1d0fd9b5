"""Opening a keyword file: to read it, or to look at it first."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from igny8.importers.archives import unpack
from igny8.importers.base import Report, Row
from igny8.importers.header import Table, find_layout
from igny8.importers.limits import NoKeywordColumn, bad_file
from igny8.importers.parsed_file import ParsedFile
from igny8.importers.textfile import TextTable
from igny8.importers.xlsx import sheets

NAMED = 3  # of the tables that were left out


@dataclass(slots=True)
class Preview:
    """The first rows of a file and the report about all of it.

    When no column is recognisably the keyword, `needs_mapping` is True, `rows` is empty, `message`
    says what is wanted, and `records` are the first rows as text, one cell a column."""

    rows: list[Row]
    report: Report
    columns: list[str]
    records: list[list[str]] = field(default_factory=list)
    needs_mapping: bool = False
    message: str = ""


def read(
    path: str | os.PathLike | bytes, filename: str, mapping: Mapping[str, str] | None = None
) -> ParsedFile:
    """Return the reading of a file, or of the bytes of a pasted text.

    `mapping` maps a field of Row to the name of a column, for files that no dialect knows. Raises
    OutsideError (bad_file, permanent) for a file that cannot be read as a whole: no row has been
    given out by then."""
    tables = _tables(path, filename)
    layout = find_layout(tables, filename, mapping)
    left = [table.member for table in tables if table is not layout.table]
    if (
        left and layout.dialect.name != "search_console"
    ):  # whose other tables are pages, countries and days
        names = ", ".join(left[:NAMED]) + (
            f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
        )
        layout.table.warnings.append(
            f"Only {layout.table.member} was read, not {names}. Import what else you need as "
            "a file of its own."
        )
    return ParsedFile(layout)


def preview(
    path: str | os.PathLike | bytes,
    filename: str,
    mapping: Mapping[str, str] | None = None,
    rows: int = 20,
) -> Preview:
    """Return the first rows and the report about the whole file; errors are those of read().

    Only a missing keyword column is no error here: the answer then holds what to map by hand."""
    try:
        reading = read(path, filename, mapping)
    except NoKeywordColumn as missing:
        report = Report("unknown", "Unknown table", "", "", missing.header_line, missing.columns)
        return Preview([], report, missing.columns, missing.records, True, str(missing))
    first = []
    for row in reading:
        if len(first) < rows:
            first.append(row)
    return Preview(first, reading.report, reading.columns)


def _tables(path: str | os.PathLike | bytes, filename: str) -> list[Table]:
    kind, sources = unpack(path, filename)
    tables = sheets(sources[0]) if kind == "xlsx" else [TextTable(source) for source in sources]
    filled = [table for table in tables if not table.is_empty]
    if not filled:
        raise bad_file(f"{filename} is empty: it holds nothing but blank lines. Export it again.")
    return filled
