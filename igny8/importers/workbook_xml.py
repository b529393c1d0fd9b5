"""Read hidden rows and percent formats, which calamine omits, from a workbook's XML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from igny8.importers.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_MEMBERS
from igny8.importers.sources import Source
from igny8.importers.streams import damaged, too_large
from igny8.importers.workbook_parts import WorkbookParts, opened_parts

# begins with fixed bytes, which are found four times as fast; the byte before them is checked
_ROW = re.compile(rb"row\b([^<>]*)>")
_NUMBER = re.compile(rb'\sr="(\d{1,7})"')
_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_MAY_BE_WIDE = re.compile(rb'r="[A-Z]{2,4}\d')  # found five times as fast as the next
_WIDE = re.compile(rb'\sr="([A-Z]{2,4})\d')
_CELL = re.compile(rb"<(?:[a-z]{1,8}:)?c(?=\s)([^<>]*)>")
_CELL_REFERENCE = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
_CELL_STYLE = re.compile(rb'\ss="(\d{1,5})"')
_PERCENT_IDS = (9, 10)  # number formats that every workbook has: 0% and 0.00%
_XML_NAMES = (".xml", ".rels")


@dataclass
class SheetMarks:
    """Hidden rows, percent cells and size of a sheet."""

    hidden: list[int] = field(default_factory=list)  # row numbers, from 1
    percent: dict[int, list[int]] = field(default_factory=dict)  # column from 0 -> row numbers
    cells: int | None = None  # elements of cells, None where that is not known
    last_row: int = 0
    last_column: int = 26


def xlsx_marks(source: Source) -> dict[str, SheetMarks]:
    """Return the marks of each sheet, after checking size and kind of all parts."""
    marks: dict[str, SheetMarks] = {}
    with opened_parts(source, lambda name: name.lower().endswith(_XML_NAMES)) as parts:
        percents = _percent_styles(parts.small("xl/styles.xml"))
        targets = _targets(parts.small("xl/_rels/workbook.xml.rels"))
        workbook, read = parts.small("xl/workbook.xml"), set()
        for sheet in re.findall(rb"<(?:\w+:)?sheet\b[^<>]*>", workbook)[:MAX_MEMBERS]:
            found = re.search(rb'\s(?:\w+:)?id="([^"]*)"', sheet)
            part = targets.get(found[1].decode(errors="replace"), "") if found else ""
            if part in read:
                raise damaged(source.name, "two sheets are one part")
            if part in parts.names:
                read.add(part)
                marks[_attribute(sheet, b"name")] = _sheet_marks(parts, part, percents)
        parts.check_rest()
    return marks


def _targets(links: bytes) -> dict[str, str]:
    """Return the part of each link in the workbook by the link's id."""
    found = {}
    for link in re.findall(rb"<(?:\w+:)?Relationship\b[^<>]*>", links):
        path = _attribute(link, b"Target")
        path = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
        found[_attribute(link, b"Id")] = path
    return found


def _sheet_marks(parts: WorkbookParts, part: str, percents: frozenset[int]) -> SheetMarks:
    marks = SheetMarks()
    wide: set[bytes] = set()
    row = cells = 0
    for text in _whole_elements(parts, part):
        if _MAY_BE_WIDE.search(text):
            wide.update(_WIDE.findall(text))
        cells += text.count(b"<c ") + text.count(b":c ") + text.count(b"<c>")
        row = _note_rows(text, row, marks)
        if percents:
            _note_percents(text, percents, marks)
    marks.cells = cells
    if wide:
        marks.last_column = max(_column(letters.decode()) for letters in wide) + 1
    if marks.last_column > 26 and marks.last_row * marks.last_column > MAX_CELLS:
        raise too_large(parts.source.name)
    marks.hidden.sort()
    for numbers in marks.percent.values():
        numbers.sort()
    return marks


def _whole_elements(parts: WorkbookParts, part: str) -> Iterator[bytes]:
    """Yield a part in chunks that end at the end of an element's tag."""
    before = b""
    for chunk in parts.chunks(part):
        cut = chunk.rfind(b">") + 1
        if cut:
            yield before + chunk[:cut]
            before = chunk[cut:]
        elif len(before := before + chunk) > 64 * MAX_CELL_CHARS:
            raise damaged(parts.source.name, f"{part} has an element that is too long")


def _note_rows(text: bytes, row: int, marks: SheetMarks) -> int:
    """Record the rows in a chunk that follows row number `row`; return its last row number."""
    for element in _ROW.finditer(text):
        if text[element.start() - 1] in b"<:":
            number = _NUMBER.search(element[1])
            row = int(number[1]) if number else row + 1
            if b"hidden" in element[1] and _HIDDEN.search(element[1]):
                marks.hidden.append(row)
            marks.last_row = max(marks.last_row, row)
    return row


def _note_percents(text: bytes, percents: frozenset[int], marks: SheetMarks) -> None:
    for attributes in _CELL.findall(text):
        style, place = _CELL_STYLE.search(attributes), _CELL_REFERENCE.search(attributes)
        if style and place and int(style[1]) in percents:
            marks.percent.setdefault(_column(place[1].decode()), []).append(int(place[2]))


def _percent_styles(text: bytes) -> frozenset[int]:
    """Return the indexes of cell styles with a percent format."""
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
    """Return the index of a column such as "AB", from 0."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1
