"""Workbooks (XLSX, XLS, ODS) as tables, read by python-calamine.

The decompressed size is checked before the library opens the file; what the library omits is read
from the XML: hidden rows and percent formats.
"""

import bisect
import datetime
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from igny8.importers.grid import GridTable
from igny8.importers.limits import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_MEMBERS,
    bad_file,
)
from igny8.importers.sheet_cells import checked_cells, tagged_cell
from igny8.importers.sources import Source
from igny8.importers.streams import damaged, too_large
from igny8.importers.workbook_parts import opened_parts
from igny8.importers.workbook_xml import SheetMarks, xlsx_marks

_NAMED = 5  # hidden sheets that are named
_MAX_BLANK_CELLS = 4_000_000  # that a sheet may have beside 100 for each filled one
_MAX_MERGED_COLUMNS = 1_000_000  # of all merged areas of a sheet together


def workbook_tables(source: Source, kind: str) -> list[GridTable]:
    """Return the visible, non-blank sheets of a workbook in order.

    `kind` is "xlsx", "xls" or "ods". Raises ExternalError for a workbook that is damaged, too
    large, password-protected or without a filled sheet.
    """
    marks = {}
    if kind == "xlsx":
        marks = xlsx_marks(source)
    elif kind == "ods":
        with opened_parts(source, lambda name: name == "content.xml") as parts:
            parts.check_rest()
    workbook = _open(source, kind)
    tables, hidden, cells_left = [], [], MAX_CELLS
    for meta in workbook.sheets_metadata[:MAX_MEMBERS]:
        if meta.visible != SheetVisibleEnum.Visible:
            hidden.append(meta.name)
            continue
        sheet_marks = marks.get(meta.name, SheetMarks())
        table = _table(source, workbook, meta.name, sheet_marks, kind, cells_left)
        cells_left -= table.cells
        if not table.is_empty:
            tables.append(table)
    if not tables:
        raise bad_file(f"{source.name} has no visible sheet with anything on it. Export it again.")
    if hidden:
        names = ", ".join(f"“{name}”" for name in hidden[:_NAMED])
        tables[0].notes.append(f"Hidden sheets were left out: {names}.")
    return tables


def _open(source: Source, kind: str) -> CalamineWorkbook:
    try:
        with _PanicsAreDamage(source), source.open() as stream:
            if source.path.endswith(f".{kind}"):  # then it keeps no copy of the file in memory
                return CalamineWorkbook.from_path(source.path)
            return CalamineWorkbook.from_filelike(stream)  # it looks at the content, not the name
    except PasswordError as locked:
        raise bad_file(
            f"{source.name} is protected by a password. Save it without one and import that."
        ) from locked
    except (CalamineError, ValueError, OSError) as broken:
        raise damaged(source.name, broken) from broken


class _PanicsAreDamage:
    """Context manager that turns a panic of the library into a damaged-file error."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and kind.__name__ == "PanicException":
            raise damaged(self._source.name)


def _table(
    source: Source,
    workbook: CalamineWorkbook,
    title: str,
    marks: SheetMarks,
    kind: str,
    max_cells: int,
) -> GridTable:
    name = f"Sheet “{title}” of {source.name}"
    try:
        with _PanicsAreDamage(source):
            sheet = workbook.get_sheet_by_name(title)
            rows, columns = sheet.start or (0, 0), sheet.total_width
            merged = [area for area in sheet.merged_cell_ranges or () if area[0][0] < area[1][0]]
    except (CalamineError, ValueError) as broken:
        raise damaged(name, broken) from broken
    cells = sheet.total_height * columns
    if marks.cells is not None:
        max_cells = min(max_cells, _MAX_BLANK_CELLS + 100 * marks.cells)
    merged_columns = sum(min(area[1][1] - area[0][1] + 1, MAX_COLUMNS) for area in merged)
    if (
        cells > max_cells
        or columns > MAX_COLUMNS * 20
        or merged_columns > max(_MAX_MERGED_COLUMNS, cells)
    ):
        raise too_large(name)
    reader = _SheetReader(sheet, rows, marks, merged)
    table = GridTable(name, title, kind.upper(), reader.rows)
    table.expected, table.cells = sheet.total_height, cells
    if marks.hidden:
        count = len(marks.hidden)
        table.notes.append(
            f"{count:,} hidden {'row was' if count == 1 else 'rows were'} left out of {title}."
        )
    return table


class _SheetReader:
    """The rows of a sheet as plain cells: text, numbers, and dates as tagged text."""

    def __init__(self, sheet: Any, start: tuple[int, int], marks: SheetMarks, merged: list) -> None:
        self._sheet, self._start, self._marks = sheet, start, marks
        self._merged = sorted(merged)

    def rows(self) -> Iterator[tuple[int, list]]:
        """Yield (row number from 1, cells) of all rows that are not hidden."""
        first_row, first_column = self._start
        indent = [""] * first_column
        merged = _MergedAreas(self._merged) if self._merged else None
        for number, values in enumerate(self._sheet.iter_rows(), start=first_row + 1):
            cells = indent + [
                value if value.__class__ is str else self._plain(value)
                for value in values[:MAX_COLUMNS]
            ]
            if merged:
                merged.fill(number - 1, cells)
            if not _is_among(number, self._marks.hidden):
                self._apply_percent(number, cells)
                yield number, checked_cells(cells)

    def _apply_percent(self, number: int, cells: list) -> None:
        """Convert 0.35 with percent format to 35."""
        for column, rows in self._marks.percent.items():
            if column >= len(cells) or not isinstance(cells[column], int | float):
                continue
            if _is_among(number, rows):
                cells[column] = round(cells[column] * 100, 6)

    @staticmethod
    def _plain(value: object) -> str | int | float:
        """Return a value that is not text as a cell: a number, a tagged text, or nothing."""
        if value.__class__ is float:
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        if isinstance(value, bool):
            return tagged_cell("true" if value else "false", "a truth value")
        if isinstance(value, datetime.datetime | datetime.date):
            return tagged_cell(str(value), "a date")
        if isinstance(value, datetime.time | datetime.timedelta):
            return tagged_cell(str(value), "a time")
        return value if isinstance(value, int) else ""


class _MergedAreas:
    """The merged areas of a sheet, with the cells of their first rows."""

    def __init__(self, areas: list) -> None:
        self._areas = iter(areas)
        self._next = next(self._areas, None)
        self._carried: dict[int, tuple[int, Any]] = {}  # column -> last row, value

    def fill(self, number: int, cells: list) -> None:
        """Fill the blank cells of a row (from 0) that belong to areas from above."""
        while self._next and self._next[0][0] <= number:
            (_, first), (last_row, last) = self._next
            for column in range(first, min(last + 1, len(cells))):
                self._carried[column] = (last_row, cells[min(first, len(cells) - 1)])
            self._next = next(self._areas, None)
        for column, (last_row, value) in list(self._carried.items()):
            if number > last_row:
                del self._carried[column]
            elif column < len(cells) and cells[column] == "":
                cells[column] = value


def _is_among(number: int, numbers: list[int]) -> bool:
    """Return whether a number is in a sorted list."""
    at = bisect.bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
