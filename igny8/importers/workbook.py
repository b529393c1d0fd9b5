"""Workbooks (XLSX, XLS, ODS) as tables, read by python-calamine.

The unpacked size is checked before the library sees the file, and what the library does not tell
is read from the XML beside it: hidden rows and percent formats.
"""

import bisect
import datetime
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from igny8.importers.archives import BROKEN, BoundedReads, Source, damaged, too_large
from igny8.importers.grid import GridTable
from igny8.importers.limits import (
    MAX_CELL_CHARS,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_MEMBERS,
    MAX_UNPACKED_BYTES,
    BadRow,
    bad_file,
)

_CHUNK_BYTES = 1 << 18
_OVERLAP_BYTES = 4096
_NAMED = 5  # hidden sheets that are named
_ROW = re.compile(rb"<(?:\w+:)?row\b([^<>]*)>")
_NUMBER = re.compile(rb'\sr="(\d{1,7})"')
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_WIDE = re.compile(rb'\sr="([A-Z]{2,4})\d')
_CELL = re.compile(rb"<(?:[a-z]{1,8}:)?c(?=\s)([^<>]*)>")
_CELL_REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
_CELL_STYLE = re.compile(rb'\ss="(\d{1,5})"')
_PERCENT_IDS = (9, 10)  # number formats that every workbook has: 0% and 0.00%
_DECLARES = (b"<!DOCTYPE", b"<!ENTITY")
_ENCODING = re.compile(rb"<\?xml[^<>]{0,200}encoding\s{0,9}=\s{0,9}[\"']([\w.-]{1,40})")
_XML_NAMES = (".xml", ".rels")
_MAX_BLANK_CELLS = 4_000_000  # that a sheet may have beside 100 for each filled one
_MAX_MERGED_COLUMNS = 1_000_000  # of all merged areas of a sheet together


class _NoText(str):
    """A cell that is no text, in a form that can be shown: a date, a time or a truth value."""

    __slots__ = ("kind",)
    kind: str


def no_text_kind(cell: object) -> str:
    """Return "a date", "a time" or "a truth value" for a cell that is one, else ""."""
    return cell.kind if isinstance(cell, _NoText) else ""


@dataclass
class _Marks:
    """What the XML of a sheet says beside its values."""

    hidden: list[int] = field(default_factory=list)  # row numbers, from 1
    percent: dict[int, list[int]] = field(default_factory=dict)  # column from 0 -> row numbers
    cells: int | None = None  # elements of cells, None where that is not known
    last_row: int = 0
    last_column: int = 26


def workbook_tables(source: Source, kind: str) -> list[GridTable]:
    """Return the visible sheets of a workbook in their order, blank ones left out.

    `kind` is "xlsx", "xls" or "ods". Raises ExternalError for a workbook that is damaged, too
    large, protected by a password or without a filled sheet.
    """
    marks = {}
    if kind == "xlsx":
        marks = _xlsx_marks(source)
    elif kind == "ods":
        _check_size(source, lambda name: name == "content.xml")
    workbook = _open(source)
    tables, hidden, cells_left = [], [], MAX_CELLS
    for meta in workbook.sheets_metadata[:MAX_MEMBERS]:
        if meta.visible != SheetVisibleEnum.Visible:
            hidden.append(meta.name)
            continue
        sheet_marks = marks.get(meta.name, _Marks())
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


def _open(source: Source) -> CalamineWorkbook:
    try:
        with _PanicsAreDamage(source), source.open() as stream:
            return CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
    except PasswordError as locked:
        raise bad_file(
            f"{source.name} is protected by a password. Save it without one and import that."
        ) from locked
    except (CalamineError, ValueError, OSError) as broken:
        raise damaged(source.name, broken) from broken


class _PanicsAreDamage:
    """Turn a panic of the library, which is no Exception, into the error of a damaged file."""

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
    marks: _Marks,
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
    """The rows of a sheet as plain cells: text, numbers, and dates in a form that can be shown."""

    def __init__(self, sheet: object, start: tuple[int, int], marks: _Marks, merged: list) -> None:
        self._sheet, self._start, self._marks = sheet, start, marks
        self._merged = sorted(merged)

    def rows(self) -> Iterator[tuple[int, list]]:
        """Yield (row number from 1, cells) of all rows that are not hidden."""
        first_row, first_column = self._start
        hidden, indent = self._marks.hidden, [""] * first_column
        carried: dict[int, tuple[int, object]] = {}
        merged = iter(self._merged)
        area = next(merged, None)
        for number, values in enumerate(self._sheet.iter_rows(), start=first_row):
            cells = indent + [self._plain(value) for value in values[:MAX_COLUMNS]]
            while area and area[0][0] <= number:
                for column in range(area[0][1], min(area[1][1] + 1, len(cells))):
                    carried[column] = (area[1][0], cells[min(area[0][1], len(cells) - 1)])
                area = next(merged, None)
            for column, (last, value) in list(carried.items()):
                if number > last:
                    del carried[column]
                elif column < len(cells) and cells[column] == "":
                    cells[column] = value
            at = bisect.bisect_left(hidden, number + 1)
            if at < len(hidden) and hidden[at] == number + 1:
                continue
            self._apply_percent(number + 1, cells)
            yield number + 1, _checked(cells)

    def _apply_percent(self, number: int, cells: list) -> None:
        """Turn 0.35 that is shown as 35 % into 35."""
        for column, rows in self._marks.percent.items():
            if column >= len(cells) or not isinstance(cells[column], int | float):
                continue
            at = bisect.bisect_left(rows, number)
            if at < len(rows) and rows[at] == number:
                cells[column] = round(cells[column] * 100, 6)

    @staticmethod
    def _plain(value: object) -> str | int | float:
        if value.__class__ is str:
            return value
        if value.__class__ is float:
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        if isinstance(value, bool):
            return _no_text("true" if value else "false", "a truth value")
        if isinstance(value, datetime.datetime | datetime.date):
            return _no_text(str(value), "a date")
        if isinstance(value, datetime.time | datetime.timedelta):
            return _no_text(str(value), "a time")
        return value if isinstance(value, int) else ""


def _no_text(text: str, kind: str) -> _NoText:
    cell = _NoText(text)
    cell.kind = kind
    return cell


def _checked(cells: list) -> list:
    if any(cell.__class__ is str and len(cell) > MAX_CELL_CHARS for cell in cells):
        short = [cell[:MAX_CELL_CHARS] if isinstance(cell, str) else cell for cell in cells]
        return BadRow(short, f"has a cell of more than {MAX_CELL_CHARS:,} characters; shorten it")
    return cells


def _xlsx_marks(source: Source) -> dict[str, _Marks]:
    """Return what the XML of each sheet says; check size and kind of all parts before."""
    sizes = _check_size(source, lambda name: name.lower().endswith(_XML_NAMES))
    percents = _percent_styles(source) if "xl/styles.xml" in sizes else frozenset()
    targets = {}
    if "xl/_rels/workbook.xml.rels" in _names(source):
        for link in re.findall(
            rb"<(?:\w+:)?Relationship\b[^<>]*>", _part(source, "xl/_rels/workbook.xml.rels")
        ):
            path = _attribute(link, b"Target")
            path = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
            targets[_attribute(link, b"Id")] = path
    marks: dict[str, _Marks] = {}
    read = set()
    workbook = _part(source, "xl/workbook.xml") if "xl/workbook.xml" in sizes else b""
    for sheet in re.findall(rb"<(?:\w+:)?sheet\b[^<>]*>", workbook)[:MAX_MEMBERS]:
        found = re.search(rb'\s(?:\w+:)?id="([^"]*)"', sheet)
        part = targets.get(found[1].decode(errors="replace")) if found else None
        if part in read:
            raise damaged(source.name, "two sheets are one part")
        if part in sizes:
            read.add(part)
            marks[_attribute(sheet, b"name")] = _sheet_marks(source, part, percents)
    return marks


def _check_size(source: Source, is_read: Callable[[str], bool]) -> dict[str, int]:
    """Unpack the parts that will be read, count their bytes and refuse declarations in them."""
    sizes: dict[str, int] = {}
    total = 0
    with _opened(source) as archive:
        for name in filter(is_read, archive.namelist()):
            sizes[name], before = 0, b""
            for chunk in _read(source, archive, name):
                if not sizes[name]:
                    _require_utf8(source, name, chunk)
                if any(mark in before + chunk for mark in _DECLARES):
                    raise damaged(source.name, f"{name} declares entities")
                before = chunk[-16:]
                sizes[name] += len(chunk)
                total += len(chunk)
                if total > MAX_UNPACKED_BYTES:
                    raise too_large(source.name)
    return sizes


def _require_utf8(source: Source, name: str, start: bytes) -> None:
    """Raise ExternalError if a part is written so that its declarations could not be seen."""
    declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf").lstrip())
    if (
        start[:2] in (b"\xff\xfe", b"\xfe\xff")
        or b"\0" in start[:64]
        or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii"))
    ):
        raise damaged(source.name, f"{name} is not UTF-8")


def _sheet_marks(source: Source, part: str, percents: frozenset[int]) -> _Marks:
    marks = _Marks()
    before, wide, rows, marks.cells = b"", set(), 0, 0
    for chunk in _chunks(source, part):
        cut = chunk.rfind(b">") + 1
        text, before = before + chunk[:cut], chunk[cut:] if cut else before + chunk
        if not cut:
            if len(before) > 64 * MAX_CELL_CHARS:
                raise damaged(source.name, f"{part} has an element that is too long")
            continue
        wide.update(_WIDE.findall(text))
        marks.cells += text.count(b"<c ") + text.count(b":c ") + text.count(b"<c>")
        for row in _ROW.finditer(text):
            number = _NUMBER.search(row[1])
            rows = int(number[1]) if number else rows + 1
            if _HIDDEN.search(row[1]):
                marks.hidden.append(rows)
            marks.last_row = max(marks.last_row, rows)
        if percents:
            _note_percents(text, percents, marks)
    if wide:
        marks.last_column = max(_column(letters.decode()) for letters in wide) + 1
    if marks.last_column > 26 and marks.last_row * marks.last_column > MAX_CELLS:
        raise too_large(source.name)
    marks.hidden.sort()
    for numbers in marks.percent.values():
        numbers.sort()
    return marks


def _note_percents(text: bytes, percents: frozenset[int], marks: _Marks) -> None:
    for attributes in _CELL.findall(text):
        style, place = _CELL_STYLE.search(attributes), _CELL_REFERENCE.search(attributes)
        if style and place and int(style[1]) in percents:
            marks.percent.setdefault(_column(place[1].decode()), []).append(int(place[2]))


def _percent_styles(source: Source) -> frozenset[int]:
    """Return the positions of the cell styles whose number format shows a percentage."""
    text = _part(source, "xl/styles.xml")
    formats = {
        int(_attribute(each, b"numFmtId") or 0)
        for each in re.findall(rb"<(?:\w+:)?numFmt\b[^<>]*>", text)
        if "%" in _attribute(each, b"formatCode")
    }
    formats.update(_PERCENT_IDS)
    cells = text.partition(b"cellXfs")[2].partition(b"cellXfs")[0]  # of its two tags
    styles = re.findall(rb"<(?:\w+:)?xf\b[^<>]*>", cells)
    return frozenset(
        at
        for at, style in enumerate(styles)
        if (number := _attribute(style, b"numFmtId")).isdecimal() and int(number) in formats
    )


def _attribute(element: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb'\s*=\s*(?:"([^"]*)"|\'([^\']*)\')', element)
    text = (found[1] or found[2] or b"").decode(errors="replace") if found else ""
    for entity, mark in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'")):
        text = text.replace(entity, mark)
    return text.replace("&amp;", "&")


def _column(letters: str) -> int:
    """Return the position of a column such as "AB", from 0."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


@contextmanager
def _opened(source: Source) -> Iterator[zipfile.ZipFile]:
    """Yield the archive of a workbook; raise ExternalError when it is damaged."""
    try:
        with source.open() as file, zipfile.ZipFile(BoundedReads(file)) as archive:
            yield archive
    except BROKEN as broken:
        raise damaged(source.name, broken) from broken


def _names(source: Source) -> list[str]:
    with _opened(source) as archive:
        return archive.namelist()


def _part(source: Source, name: str) -> bytes:
    """Return a small part of the workbook, cut after some megabytes."""
    return b"".join(itertools.islice(_chunks(source, name), 16))


def _chunks(source: Source, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part; raise ExternalError when it is damaged or too large."""
    with _opened(source) as archive:
        yield from _read(source, archive, part)


def _read(source: Source, archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    size = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > MAX_UNPACKED_BYTES:
                raise too_large(source.name)
            yield chunk
