"""A text file as a table: lines, and records with the number of their first line."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from igny8.errors import ExternalError
from igny8.importers.csv_records import LineFeed, Record, head_records
from igny8.importers.encoding_names import LEGACY, Encoding, chosen
from igny8.importers.encodings import detect
from igny8.importers.limits import (
    HEAD_ROWS,
    MAX_CELL_CHARS,
    MAX_LINE_CHARS,
    BadRow,
    bad_file,
)
from igny8.importers.sources import Source
from igny8.importers.text_lines import DELIMITERS, csv_reader, flaw_of, is_folded, shown, unfolded

LIST = ""  # the delimiter of a plain list: every line is one phrase
_MANY = 100  # delimiters on an endless line that show it to be values side by side
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLES = 3  # lines per candidate encoding


class TextTable:
    """A text file that can be read repeatedly in constant memory.

    `is_folded` means that each line is quoted as a whole; such lines are unfolded.
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
        self._read_head()
        self.is_empty = not self._head
        if is_folded(self._head):
            self.is_folded = True
            self._head = [(number, unfolded(line)) for number, line in self._head]
            self.notes.append("Each line was quoted as a whole; the quotes were taken off.")

    def _read_head(self) -> None:
        """Store the first valid lines; raise ExternalError if there are none."""
        first_flaw = ""
        for number, line in self.lines():
            if flaw := flaw_of(line):
                first_flaw = first_flaw or f"{self.name}: line {number} {flaw}."
            elif line.strip():
                self._head.append((number, line))
            if number > 2 * HEAD_ROWS or len(self._head) >= HEAD_ROWS:
                break
        if first_flaw and not self._head:
            raise bad_file(f"{first_flaw} No line above it can be read; export the file again.")

    def head(self, delimiter: str) -> list[Record]:
        """Return the first records as cells; a quoted record may span lines."""
        if delimiter == LIST:
            return [(number, [line.strip()]) for number, line in self._head]
        return head_records(self._head, delimiter)

    def encoding_choices(self) -> list[dict]:
        """Return {"codec", "label", "samples"} per candidate if the encoding is uncertain."""
        return [
            {"codec": codec, "label": LEGACY[codec], "samples": self._samples(codec)}
            for codec in self._encoding.candidates
        ]

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (line number, text with its line end); bytes that are not UTF-8 are surrogates.

        Raises ExternalError for a line that is too long and for undecodable bytes.
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
                yield number, unfolded(line) if self.is_folded else line

    def records(self, delimiter: str, after: int) -> Iterator[Record]:
        """Yield (first line, cells) of all records after line `after`.

        The cells of a rejected line are a BadRow. Raises ExternalError for a quote that is never
        closed, and for a cell that spans lines and is too long.
        """
        if delimiter == LIST:
            yield from self._phrases(after)
            return
        feed = LineFeed(self.name, self.lines(), after)
        reader = csv_reader(feed, delimiter)
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
            yield feed.start, BadRow(map(shown, cells), reason) if reason else cells

    def _phrases(self, after: int) -> Iterator[Record]:
        """Yield the non-blank lines after line `after`, each as one cell."""
        for number, line in self.lines():
            if number > after and line.strip():
                flaw = flaw_of(line)
                yield number, BadRow([shown(line)], flaw) if flaw else [line.strip()]

    def _too_long(self, feed: "LineFeed", cells: list[str]) -> str:
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
        """Return the first non-ASCII lines as decoded by a candidate encoding."""
        with io.TextIOWrapper(self._source.open(), encoding=codec, errors="replace") as text:
            lines = (line.strip() for line in islice(iter(text.readline, ""), 10_000))
            return [line[:120] for line in islice((x for x in lines if not x.isascii()), _SAMPLES)]

    def _endless(self, number: int, line: str) -> ExternalError:
        """Return the error for a line that is too long, with the probable cause."""
        delimiter = max(DELIMITERS, key=line.count)
        problem = f"{self.name}: line {number} is longer than {MAX_LINE_CHARS:,} characters"
        if line.count(delimiter) < _MANY:
            return bad_file(
                f"{problem} and is not cut into cells: this is no list of keywords. Export the "
                "keywords as CSV or XLSX, or put one keyword on a line, and import that."
            )
        name = _DELIMITER_NAMES[delimiter]
        return bad_file(
            f"{problem}: everything is on one line, separated by {name}, without line "
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
