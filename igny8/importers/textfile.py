"""A text file as a table: lines, and records that know the line on which they began."""

import csv
import io
from collections.abc import Iterator

from igny8.errors import OutsideError
from igny8.importers.encodings import detect
from igny8.importers.limits import HEAD_ROWS, MAX_CELL, MAX_LINE, MAX_RECORD_LINES, bad_file
from igny8.importers.unpack import Source

DELIMITERS = (",", ";", "\t", "|")
LIST = ""       # the delimiter of a plain list: every line is one phrase

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
        for number, line in self.lines():
            if line.strip():
                self._head.append((number, line))
            if number > 2 * HEAD_ROWS or len(self._head) >= HEAD_ROWS:
                break
        self.is_empty = not self._head

    def head(self, delimiter: str) -> list[Record]:
        """Return the first lines as cells; quotes that span lines are not followed."""
        if delimiter == LIST:
            return [(number, [line.strip()]) for number, line in self._head]
        return [(number, _one_line(line, delimiter)) for number, line in self._head]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number, text with its line end).

        Raises OutsideError for a line that is too long, a NUL or bytes that cannot be decoded."""
        number = 0
        with io.TextIOWrapper(self._source.open(), encoding=self._encoding.codec) as text:
            while True:
                try:
                    line = text.readline(MAX_LINE + 1)
                except UnicodeDecodeError as bad:
                    raise self._undecodable(number + 1, bad) from bad
                if not line:
                    return
                number += 1
                if len(line) > MAX_LINE:
                    raise bad_file(f"{self.name}: line {number} is longer than {MAX_LINE:,} "
                                   "characters. Put one keyword on a line and import again.")
                if "\0" in line:
                    raise bad_file(f"{self.name}: line {number} holds a NUL character at position "
                                   f"{line.index(chr(0)) + 1}. The file is damaged or not text; "
                                   "export it again.")
                yield number, line

    def records(self, delimiter: str, after: int) -> Iterator[Record]:
        """Yield (line where the record begins, cells) of all that stands below line `after`.

        Raises OutsideError for a quote that is never closed and for cells that are too long."""
        if delimiter == LIST:
            yield from ((number, [line.strip()]) for number, line in self.lines()
                        if number > after and line.strip())
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
            if feed.size > MAX_CELL and any(len(cell) > MAX_CELL for cell in cells):
                raise bad_file(f"{self.name}: line {feed.start} has a cell of more than "
                               f"{MAX_CELL:,} characters. Check the quotes on that line.")
            yield feed.start, cells

    def _undecodable(self, number: int, bad: UnicodeDecodeError) -> OutsideError:
        return bad_file(f"{self.name}: the text near line {number} is not {self.encoding} (byte "
                        f"0x{bad.object[bad.start]:02X}: {bad.reason}). The file mixes encodings "
                        "or is cut short; export it again.")


class _Feed:
    """The lines of a table, handed to the CSV reader one by one and counted record by record."""

    def __init__(self, table: TextTable, after: int):
        self._table = table
        self._lines = table.lines()
        self._waiting: str | None = None
        self.number, self.start, self.taken, self.size, self.ended = after, after, 0, 0, False
        for number, line in self._lines:
            if number > after:
                self._waiting = line
                break

    def begin(self) -> None:
        """Start counting a new record."""
        self.start, self.taken, self.size = self.number + 1, 0, 0

    def unclosed(self) -> OutsideError:
        """Return the error for the record being read, whose quote runs on."""
        return bad_file(f'{self._table.name}: the quote (") opened on line {self.start} is never '
                        "closed. Close or remove it and import the file again.")

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
        if self.taken > MAX_RECORD_LINES:
            raise self.unclosed()
        return line


def _one_line(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])
    except csv.Error:
        return line.split(delimiter)
