"""A text file as a table: lines, and records that know the line on which they began."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from igny8.errors import ExternalError
from igny8.importers.archives import Source
from igny8.importers.encodings import LEGACY, Encoding, chosen, detect, foreign_byte
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
_MANY = 100  # delimiters on an endless line that show it to be values side by side
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLES = 3  # lines per candidate encoding

Record = tuple[int, list]


class TextTable:
    """A text file that can be read again and again, in constant memory.

    `is_folded` says that each line was quoted as a whole; such lines are unfolded.
    """

    delimiters = DELIMITERS
    is_folded = False

    def __init__(self, source: Source, encoding: str = "") -> None:
        self.name, self.member, self._source = source.name, source.member, source
        self._encoding: Encoding = chosen(encoding) if encoding else detect(source)
        self.encoding = self._encoding.label
        self.warnings: list[str] = []
        self.notes = [self._encoding.note] if self._encoding.note else []
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
        if _is_folded(self._head):
            self.is_folded = True
            self._head = [(number, _unfolded(line)) for number, line in self._head]
            self.notes.append("Each line was quoted as a whole; the quotes were taken off.")

    def head(self, delimiter: str) -> list[Record]:
        """Return the first records as cells; a record whose quotes span lines is one."""
        if delimiter == LIST:
            return [(number, [line.strip()]) for number, line in self._head]
        return _head_records(self._head, delimiter)

    def encoding_choices(self) -> list[dict]:
        """Return {"codec", "label", "samples"} per candidate when the encoding is in doubt."""
        return [
            {"codec": codec, "label": LEGACY[codec], "samples": self._samples(codec)}
            for codec in self._encoding.candidates
        ]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number, text with its line end); a byte that is not UTF-8 is a surrogate.

        Raises ExternalError for a line that is too long and for bytes that cannot be decoded.
        """
        number = 0
        codec = self._encoding.codec
        errors = "surrogateescape" if codec.startswith("utf-8") else "strict"
        with io.TextIOWrapper(self._source.open(), encoding=codec, errors=errors) as text:
            while True:
                try:
                    line = text.readline(MAX_LINE_CHARS + 1)
                except UnicodeError as bad:
                    raise self._undecodable(number + 1, bad) from bad
                if not line:
                    return
                number += 1
                if len(line) > MAX_LINE_CHARS:
                    raise self._endless(number, line)
                yield number, _unfolded(line) if self.is_folded else line

    def records(self, delimiter: str, after: int) -> Iterator[Record]:
        """Yield (first line, cells) of all records below line `after`.

        The cells of a line that cannot be taken are a BadRow. Raises ExternalError for a quote that
        is never closed, and for a cell that is too long because it runs over several lines.
        """
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
            reason = feed.flaw or self._too_long(feed, cells)
            yield feed.start, BadRow(map(_shown, cells), reason) if reason else cells

    def _too_long(self, feed: "_Feed", cells: list[str]) -> str:
        if feed.size <= MAX_CELL_CHARS or all(len(cell) <= MAX_CELL_CHARS for cell in cells):
            return ""
        reason = (
            f"has a cell of more than {MAX_CELL_CHARS:,} characters; shorten it, or check "
            "the quotes on that line"
        )
        if feed.taken > 1:
            raise bad_file(f"{self.name}: line {feed.start} {reason}.")
        return reason

    def _samples(self, codec: str) -> list[str]:
        """Return the first lines beyond ASCII as a candidate encoding writes them."""
        with io.TextIOWrapper(self._source.open(), encoding=codec, errors="replace") as text:
            lines = (line.strip() for line in islice(iter(text.readline, ""), 10_000))
            return [line[:120] for line in islice((x for x in lines if not x.isascii()), _SAMPLES)]

    def _endless(self, number: int, line: str) -> ExternalError:
        """Return the error for a line without end, which says what seems to have happened to it."""
        delimiter = max(DELIMITERS, key=line.count)
        told = f"{self.name}: line {number} is longer than {MAX_LINE_CHARS:,} characters"
        if line.count(delimiter) < _MANY:
            return bad_file(
                f"{told} and is not cut into cells: this is no list of keywords. Export the "
                "keywords as CSV or XLSX, or put one keyword on a line, and import that."
            )
        name = _DELIMITER_NAMES[delimiter]
        return bad_file(
            f"{told}: everything is on one line, separated by {name}, without line "
            "breaks. Open it in a text editor, put each keyword on a line of its own (replace "
            f"the {name} by line breaks), save it as .txt and import that; if it was a "
            "table, export it again."
        )

    def _undecodable(self, number: int, bad: UnicodeError) -> ExternalError:
        detail = (
            f"byte 0x{bad.object[bad.start]:02X}: {bad.reason}"
            if isinstance(bad, UnicodeDecodeError)
            else str(bad)
        )
        return bad_file(
            f"{self.name}: the text near line {number} is not {self.encoding} ({detail}). The file "
            "mixes encodings or is cut short; export it again, or choose another encoding."
        )


class _Feed:
    """The lines of a table, handed to the CSV reader one by one and counted record by record."""

    def __init__(self, table: TextTable, after: int) -> None:
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

    def __iter__(self) -> "_Feed":
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


def _is_folded(lines: list[tuple[int, str]]) -> bool:
    """Return whether every line, header included, is one quoted cell with a delimiter inside."""
    if len(lines) < 2:
        return False
    delimiter = max(DELIMITERS, key=lines[0][1].count)
    if delimiter not in lines[0][1]:
        return False
    for _, line in lines:
        text = line.strip()
        if not (len(text) > 1 and text[0] == text[-1] == '"' and delimiter in text):
            return False
        if len(_cells_of_line(text, delimiter)) != 1:
            return False
    return True


def _unfolded(line: str) -> str:
    text = line.rstrip("\r\n")
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        text = stripped[1:-1].replace('""', '"')
    return text + line[len(line.rstrip("\r\n")) :]


def _flaw(line: str) -> str:
    """Return why a line cannot be taken, with the cure, or '' for a sound one."""
    if "\0" in line:
        return (
            f"holds a NUL character at position {line.index(chr(0)) + 1}; the file was damaged "
            "there: delete that character or type the line again"
        )
    if foreign := foreign_byte(line):
        return (
            f"has the byte 0x{foreign[0]:02X} at position {foreign[1]}, which is not UTF-8 as the "
            "rest is; type the line again and save the file as UTF-8"
        )
    return ""


def _shown(text: str) -> str:
    """Return a text that can be shown and stored: short, with a mark for what is no character."""
    return _UNSHOWN.sub("\ufffd", text.strip()[:MAX_CELL_CHARS])


def _head_records(lines: list[tuple[int, str]], delimiter: str) -> list[Record]:
    """Return the first records; where quotes do not close, each line is one by itself."""
    texts = iter([line for _, line in lines])
    numbers = [number for number, _ in lines]
    reader = csv.reader(texts, delimiter=delimiter, skipinitialspace=delimiter != "\t")
    records, at = [], 0
    try:
        for cells in reader:
            if reader.line_num - at > MAX_RECORD_LINES // 4:
                break
            records.append((numbers[at], cells))
            at = reader.line_num
    except csv.Error:
        pass
    if at < len(lines) * 0.5:
        return [(number, _cells_of_line(line, delimiter)) for number, line in lines]
    return records


def _cells_of_line(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])
    except csv.Error:
        return line.split(delimiter)
