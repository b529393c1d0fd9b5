"""A text file as a table: lines, and records that know the line on which they began."""

import csv
import io
import re
from collections.abc import Iterator

from igny8.errors import ExternalError
from igny8.importers.archives import Source
from igny8.importers.encodings import detect, foreign_byte
from igny8.importers.limits import (
    HEAD_ROWS,
    MAX_CELL_CHARS,
    MAX_LINE_CHARS,
    MAX_RECORD_LINES,
    BadRow,
    bad_file,
)

DELIMITERS = (",", ";", "\t", "|")
LIST = ""  # the delimiter of a plain list: every line is one phrase
_UNSHOWN = re.compile("[\0\ud800-\udfff]")
_MANY = 100  # marks on an endless line that show it to be values side by side
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

Record = tuple[int, list]


class TextTable:
    """A text file that is read as often as is wanted, in constant memory."""

    delimiters = DELIMITERS

    def __init__(self, source: Source):
        self.name, self.member, self._source = source.name, source.member, source
        self._encoding = detect(source)
        self.encoding = self._encoding.label
        self.warnings = [self._encoding.warning] if self._encoding.warning else []
        self._head: list[tuple[int, str]] = []
        first_flaw = ""
        for number, line in self.lines():
            if flaw := _flaw(line):
                first_flaw = first_flaw or f"{self.name}: line {number} {flaw}."
            elif line.strip():
                self._head.append((number, line))
            if number > 2 * HEAD_ROWS or len(self._head) >= HEAD_ROWS:
                break
        if first_flaw and not self._head:
            raise bad_file(f"{first_flaw} No line above it can be read; export the file again.")
        self.is_empty = not self._head

    def head(self, delimiter: str) -> list[Record]:
        """Return the first lines as cells; quotes that span lines are not followed."""
        if delimiter == LIST:
            return [(number, [line.strip()]) for number, line in self._head]
        return [(number, _one_line(line, delimiter)) for number, line in self._head]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number, text with its line end); a byte that is not UTF-8 is a surrogate.

        Raises OutsideError for a line that is too long and for bytes that cannot be decoded."""
        number = 0
        codec = self._encoding.codec
        errors = "surrogateescape" if codec.startswith("utf-8") else "strict"
        with io.TextIOWrapper(self._source.open(), encoding=codec, errors=errors) as text:
            while True:
                try:
                    line = text.readline(MAX_LINE_CHARS + 1)
                except UnicodeDecodeError as bad:
                    raise self._undecodable(number + 1, bad) from bad
                if not line:
                    return
                number += 1
                if len(line) > MAX_LINE_CHARS:
                    raise self._endless(number, line)
                yield number, line

    def records(self, delimiter: str, after: int) -> Iterator[Record]:
        """Yield (line where the record begins, cells) of all that stands below line `after`.

        The cells of a line that cannot be taken are Spoilt. Raises OutsideError for a quote that
        is never closed, and for a cell that is too long because it runs over several lines."""
        if delimiter == LIST:
            for number, line in self.lines():
                if number > after and line.strip():
                    flaw = _flaw(line)
                    yield number, BadRow([_shown(line)], flaw) if flaw else [line.strip()]
            return
        feed = _Feed(self, after)
        reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=delimiter != "\t")
        while True:
            feed.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as bad:
                raise feed.unclosed() from bad
            if feed.ended and feed.taken:
                raise feed.unclosed()
            reason = feed.flaw
            if feed.size > MAX_CELL_CHARS and any(len(cell) > MAX_CELL_CHARS for cell in cells):
                reason = (
                    f"has a cell of more than {MAX_CELL_CHARS:,} characters; shorten it, or check "
                    "the quotes on that line"
                )
                if feed.taken > 1:
                    raise bad_file(f"{self.name}: line {feed.start} {reason}.")
            yield feed.start, BadRow(map(_shown, cells), reason) if reason else cells

    def _endless(self, number: int, line: str) -> ExternalError:
        """Return the error for a line without end, which says what seems to have happened to it."""
        mark = max(DELIMITERS, key=line.count)
        said = f"{self.name}: line {number} is longer than {MAX_LINE_CHARS:,} characters"
        if line.count(mark) < _MANY:
            return bad_file(
                f"{said} and is not cut into cells: this is no list of keywords. Export the "
                "keywords as CSV or XLSX, or put one keyword on a line, and import that."
            )
        return bad_file(
            f"{said}: everything stands side by side, divided by {_MARKS[mark]}, without line "
            "breaks. Open it in a text editor, put each keyword on a line of its own (replace "
            f"the {_MARKS[mark]} by line breaks), save it as .txt and import that; if it was a "
            "table, export it again."
        )

    def _undecodable(self, number: int, bad: UnicodeDecodeError) -> ExternalError:
        return bad_file(
            f"{self.name}: the text near line {number} is not {self.encoding} (byte "
            f"0x{bad.object[bad.start]:02X}: {bad.reason}). The file mixes encodings "
            "or is cut short; export it again."
        )


class _Feed:
    """The lines of a table, handed to the CSV reader one by one and counted record by record."""

    def __init__(self, table: TextTable, after: int):
        self._table = table
        self._lines = table.lines()
        self._waiting: str | None = None
        self.number, self.start, self.taken, self.size, self.ended = after, after, 0, 0, False
        self.flaw = ""
        for number, line in self._lines:
            if number > after:
                self._waiting = line
                break

    def begin(self) -> None:
        """Start counting a new record."""
        self.start, self.taken, self.size, self.flaw = self.number + 1, 0, 0, ""

    def unclosed(self) -> ExternalError:
        """Return the error for the record being read, whose quote runs on."""
        return bad_file(
            f'{self._table.name}: the quote (") opened on line {self.start} is never '
            "closed. Close or remove it and import the file again."
        )

    def __iter__(self):
        return self

    def __next__(self) -> str:
        if self._waiting is not None:
            line, self._waiting = self._waiting, None
        else:
            try:
                line = next(self._lines)[1]
            except StopIteration:
                self.ended = True
                raise
        self.number += 1
        self.taken += 1
        self.size += len(line)
        self.flaw = self.flaw or _flaw(line)
        if self.taken > MAX_RECORD_LINES:
            raise self.unclosed()
        return line


def _flaw(line: str) -> str:
    """Return why a line cannot be taken, with the cure, or '' for a sound one."""
    if "\0" in line:
        return (
            f"holds a NUL character at position {line.index(chr(0)) + 1}; the file was damaged there: "
            "delete that character or type the line again"
        )
    if foreign := foreign_byte(line):
        return (
            f"has the byte 0x{foreign[0]:02X} at position {foreign[1]}, which is not UTF-8 as the rest "
            "is; type the line again and save the file as UTF-8"
        )
    return ""


def _shown(text: str) -> str:
    """Return a text that can be shown and stored: short, with a mark for what is no character."""
    return _UNSHOWN.sub("\ufffd", text.strip()[:MAX_CELL_CHARS])


def _one_line(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])
    except csv.Error:
        return line.split(delimiter)
