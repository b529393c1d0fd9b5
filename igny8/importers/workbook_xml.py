"""Read from a workbook's XML what calamine omits: hidden rows, percent formats, sizes."""

import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from igny8.importers.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_MEMBERS, MAX_UNPACKED_BYTES
from igny8.importers.sources import Source
from igny8.importers.streams import BROKEN, BoundedReads, damaged, too_large

_CHUNK_BYTES = 1 << 18
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


@dataclass
class SheetMarks:
    """Hidden rows, percent cells and size of a sheet."""

    hidden: list[int] = field(default_factory=list)  # row numbers, from 1
    percent: dict[int, list[int]] = field(default_factory=dict)  # column from 0 -> row numbers
    cells: int | None = None  # elements of cells, None where that is not known
    last_row: int = 0
    last_column: int = 26


def xlsx_marks(source: Source) -> dict[str, SheetMarks]:
    """Return the marks in the XML of each sheet, after checking size and kind of all parts."""
    sizes = check_size(source, lambda name: name.lower().endswith(_XML_NAMES))
    percents = _percent_styles(source) if "xl/styles.xml" in sizes else frozenset()
    targets = {}
    if "xl/_rels/workbook.xml.rels" in _names(source):
        for link in re.findall(
            rb"<(?:\w+:)?Relationship\b[^<>]*>", _part(source, "xl/_rels/workbook.xml.rels")
        ):
            path = _attribute(link, b"Target")
            path = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
            targets[_attribute(link, b"Id")] = path
    marks: dict[str, SheetMarks] = {}
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


def check_size(source: Source, is_read: Callable[[str], bool]) -> dict[str, int]:
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


def _sheet_marks(source: Source, part: str, percents: frozenset[int]) -> SheetMarks:
    marks = SheetMarks()
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


def _note_percents(text: bytes, percents: frozenset[int], marks: SheetMarks) -> None:
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
