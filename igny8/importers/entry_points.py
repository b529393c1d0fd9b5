"""Read a keyword file, or preview it first."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from igny8.errors import ExternalError
from igny8.importers.archives import unpack
from igny8.importers.base import ImportOptions, Report, Row
from igny8.importers.header import find_layout
from igny8.importers.layout import Layout, Table
from igny8.importers.limits import NoKeywordColumn, bad_file
from igny8.importers.markup import html_tables, markdown_tables
from igny8.importers.parsed_file import ParsedFile
from igny8.importers.parsed_sheets import ParsedSheets
from igny8.importers.textfile import TextTable
from igny8.importers.workbook import workbook_tables

_NAMED_TABLES = 3  # of those that were left out


@dataclass(slots=True)
class Preview:
    """The first rows of a file and the report on all of it.

    If there is no recognisable keyword column, `needs_mapping` is True, `rows` is empty, `message`
    says what is needed, and `records` are the first rows as text, one cell per column.
    """

    rows: list[Row]
    report: Report
    columns: list[str]
    records: list[list[str]] = field(default_factory=list)
    needs_mapping: bool = False
    message: str = ""


def read(
    path: str | os.PathLike | bytes,
    filename: str,
    options: ImportOptions | Mapping[str, str] | None = None,
    tick: Callable[[], None] = lambda: None,
) -> ParsedFile | ParsedSheets:
    """Return the parsed file, or the parsed bytes of a pasted text.

    `options` are a person's choices (or just a mapping); `tick` is called regularly while a large
    file is surveyed and read. Raises ExternalError (bad_file, permanent) for an unreadable file
    before any row is returned.
    """
    options = options if isinstance(options, ImportOptions) else ImportOptions(dict(options or {}))
    tables = _tables(path, filename, options.encoding)
    if options.sheet:
        tables = _chosen(tables, options.sheet, filename)
    layout = find_layout(tables, filename, options.mapping)
    alike = _alike(tables, layout, filename, options)
    if len(alike) > 1:
        return ParsedSheets([ParsedFile(each, each.table.member, tick) for each in alike])
    left = [table.member for table in tables if table is not layout.table]
    if left and not layout.dialect.name.startswith(
        "search_console"
    ):  # its other tables are pages and days
        names = ", ".join(left[:_NAMED_TABLES]) + (
            f" and {len(left) - _NAMED_TABLES} more" if len(left) > _NAMED_TABLES else ""
        )
        layout.table.notes.append(
            f"Only {layout.table.member} was read, not {names}. Choose another sheet or file to "
            "read that."
        )
    parsed = ParsedFile(layout, "", tick)
    parsed.report.sheets = [table.member for table in tables]
    return parsed


def preview(
    path: str | os.PathLike | bytes,
    filename: str,
    options: ImportOptions | Mapping[str, str] | None = None,
    rows: int = 20,
) -> Preview:
    """Return the first rows and the report on the whole file; raises the errors of read().

    A missing keyword column is not an error here: the result then contains what to map by hand.
    """
    try:
        parsed = read(path, filename, options)
    except NoKeywordColumn as missing:
        report = Report("unknown", "Unknown table", "", "", missing.header_line, missing.columns)
        return Preview([], report, missing.columns, missing.records, True, str(missing))
    first: list[Row] = []
    for row in parsed:
        if len(first) < rows:
            first.append(row)
    return Preview(first, parsed.report, parsed.columns)


def _tables(path: str | os.PathLike | bytes, filename: str, encoding: str) -> list[Table]:
    kind, sources = unpack(path, filename)
    if kind in ("xlsx", "xls", "ods"):
        tables: list[Table] = list(workbook_tables(sources[0], kind))
    elif kind == "html":
        tables = list(html_tables(sources[0], encoding))
        if not tables:
            raise bad_file(f"{filename} is a web page without a table of keywords.")
    else:
        tables = []
        for source in sources:
            text = TextTable(source, encoding)
            tables += markdown_tables(text) or [text]
    filled = [table for table in tables if not table.is_empty]
    if not filled:
        raise bad_file(f"{filename} is empty: it holds nothing but blank lines. Export it again.")
    return filled


def _chosen(tables: Sequence[Table], sheet: str, filename: str) -> list[Table]:
    found = [table for table in tables if table.member.casefold() == sheet.casefold()]
    if not found:
        names = ", ".join(f"“{table.member}”" for table in tables if table.member) or "none"
        raise bad_file(f"{filename} has no sheet or file named “{sheet}”. It has {names}.")
    return found


def _alike(
    tables: Sequence[Table], layout: Layout, filename: str, options: ImportOptions
) -> list[Layout]:
    """Return the layouts of all tables with the same columns as the best one."""
    if (
        len(tables) < 2
        or not layout.header_line
        or layout.dialect.name.startswith("search_console")
    ):
        return [layout]
    found = []
    for table in tables:
        try:
            other = find_layout([table], filename, options.mapping)
        except ExternalError:  # a table of another kind is left out and named
            continue
        if other.columns == layout.columns:
            found.append(other)
    return found or [layout]
