"""XLSX workbooks as tables: rows are streamed, only the shared texts are held in memory.

A reader of our own rather than a library: values alone are wanted, from files that strangers send;
this starts in no time, reads 100,000 rows in seconds and has one kind of error."""

import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree  # for the type alone # nosec B405

from igny8.importers.archives import BROKEN, BoundedReads, Source, damaged, too_large
from igny8.importers.limits import (
    HEAD_ROWS,
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_MEMBERS,
    MAX_ROWS,
    MAX_SHARED,
    BadRow,
    bad_file,
)
from igny8.importers.workbook import chunks, elements, small

_ROW = re.compile(rb"<(?:\w+:)?row[ >]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class SheetTable:
    """One sheet of a workbook that is read as often as is wanted."""

    delimiters = ("",)
    encoding = "XLSX"

    def __init__(self, source: Source, part: str, title: str, texts: list[str]):
        self.name, self.member = f"Sheet “{title}” of {source.name}", title
        self._source, self._part, self._texts = source, part, texts
        self.warnings: list[str] = []
        self._head: list[tuple[int, list]] = []
        for record in self.records("", 0):
            self._head.append(record)
            if len(self._head) >= HEAD_ROWS:
                break
        self.is_empty = not self._head

    def head(self, delimiter: str) -> list[tuple[int, list]]:
        """Return the first rows that are not blank."""
        return self._head

    def records(self, delimiter: str, after: int) -> Iterator[tuple[int, list]]:
        """Yield (row number, cells: text, int or float) of all rows below row `after`."""
        number = 0
        for row in elements(self._source, self._part, "row"):
            number = _row_number(row, number)
            if number > after:
                cells = self._cells(row)
                if any(cell != "" for cell in cells):
                    yield number, cells

    def about(self) -> int:
        """Return about how many rows there are; reads the whole sheet, and so finds damage."""
        return sum(len(_ROW.findall(chunk)) for chunk in chunks(self._source, self._part))

    def _cells(self, row: ElementTree.Element) -> list:
        cells: list = []
        too_long = False
        for cell in row:
            column = _column(cell.get("r", "").rstrip("0123456789")) or len(cells)
            if column >= MAX_COLUMNS:
                break
            while len(cells) < column:
                cells.append("")
            value = self._value(cell, cell.get("t", "n"))
            if value.__class__ is str and len(value) > MAX_CELL_CHARS:
                value, too_long = value[:MAX_CELL_CHARS], True
            cells[column:] = [value]
        if too_long:
            return BadRow(
                cells, f"has a cell of more than {MAX_CELL_CHARS:,} characters; shorten it"
            )
        return cells

    def _value(self, cell: ElementTree.Element, kind: str) -> str | int | float:
        """Return what a cell shows: text, a number, "true" or "false"; '' for errors and blanks."""
        text = None
        for part in cell:
            if part.tag.endswith("v"):
                text = part.text
            elif part.tag.endswith("is"):
                return _text_of(part)
        if text is None or kind == "e":
            return ""
        if kind == "n":
            return _number(text)
        if kind == "s":
            position = int(text) if text.strip().isdecimal() and len(text) < 10 else -1
            return self._texts[position] if 0 <= position < len(self._texts) else ""
        if kind == "b":
            return "true" if text.strip() == "1" else "false"
        return _unescape(text)


def sheets(source: Source) -> list[SheetTable]:
    """Return the visible sheets of a workbook in their order, blank ones left out.

    Raises OutsideError for a workbook that is damaged, too large or holds no sheet."""
    try:
        with source.open() as file, zipfile.ZipFile(BoundedReads(file)) as archive:
            names = archive.namelist()
    except BROKEN as broken:
        raise damaged(source.name, broken) from broken
    texts, held = [], 0
    for part in [name for name in names if name.lower() == "xl/sharedstrings.xml"]:
        for item in elements(source, part, "si"):
            texts.append(_text_of(item))
            held += len(texts[-1])
            if held > MAX_SHARED or len(texts) > MAX_ROWS:
                raise too_large(source.name)
    tables = [SheetTable(source, part, title, texts) for title, part in _parts(source, names)]
    filled = [table for table in tables if not table.is_empty]
    if not filled:
        raise bad_file(f"{source.name} has no sheet with anything on it. Export it again.")
    return filled


def _parts(source: Source, names: list[str]) -> list[tuple[str, str]]:
    """Return (title, part name) of the sheets that are not hidden."""
    targets = {}
    if "xl/_rels/workbook.xml.rels" in names:
        for link in small(source, "xl/_rels/workbook.xml.rels", "Relationship"):
            target = link.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            targets[link.get("Id")] = path
    found = []
    if "xl/workbook.xml" in names:
        for sheet in small(source, "xl/workbook.xml", "sheet"):
            link = next((value for name, value in sheet.items() if name.endswith("}id")), None)
            if targets.get(link) in names and sheet.get("state", "visible") == "visible":
                found.append((sheet.get("name", "?"), targets[link]))
    sheets_only = [name for name in names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
    return (found or [(name.rpartition("/")[2], name) for name in sheets_only])[:MAX_MEMBERS]


def _row_number(row: ElementTree.Element, last: int) -> int:
    given = row.get("r", "")
    return max(last + 1, int(given)) if given.isdecimal() and len(given) < 9 else last + 1


@lru_cache(maxsize=2048)
def _column(letters: str) -> int:
    """Return the position of a column such as "AB", from 0; 0 when it is not said."""
    position = 0
    for letter in letters if len(letters) <= 3 else "":
        position = position * 26 + ord(letter) - 64
    return max(0, position - 1)


def _text_of(element: ElementTree.Element) -> str:
    """Return the text of an item, formatted or not, without its phonetic guides."""
    pieces = []
    for part in element:
        tag = part.tag.rpartition("}")[2]
        if tag == "t":
            pieces.append(part.text or "")
        elif tag == "r":
            pieces += [inner.text or "" for inner in part if inner.tag.rpartition("}")[2] == "t"]
    return _unescape("".join(pieces))


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(code: re.Match) -> str:
    """Return the character of an escape; a mark for NUL and halves of pairs, which no text can hold."""
    number = int(code[1], 16)
    return "\ufffd" if not number or 0xD800 <= number <= 0xDFFF else chr(number)


def _number(text: str) -> str | int | float:
    try:
        if text.isdecimal() and len(text) < 15:
            return int(text)
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
