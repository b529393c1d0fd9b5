"""Split the lines of a text file into records of cells; quoted cells may span lines."""

import csv
from collections.abc import Iterator
from contextlib import suppress

from igny8.errors import ExternalError
from igny8.importers.limits import (
    MAX_RECORD_LINES,
    bad_file,
)
from igny8.importers.text_lines import cells_of_line, csv_reader, flaw_of

Record = tuple[int, list]


class LineFeed:
    """Passes the lines of a table to the CSV reader and counts them per record."""

    def __init__(self, name: str, lines: Iterator[tuple[int, str]], after: int) -> None:
        self._name, self._lines = name, lines
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
        """Return the error for the current record, whose quote is never closed."""
        return bad_file(
            f'{self._name}: the quote (") opened on line {self.start} is never '
            "closed. Close or remove it and import the file again."
        )

    def __iter__(self) -> "LineFeed":
        return self

    def __next__(self) -> str:
        line = self._next_line()
        self.number += 1
        self.taken += 1
        self.size += len(line)
        self.flaw = self.flaw or flaw_of(line)
        if self.taken > MAX_RECORD_LINES:
            raise self.unclosed()
        return line

    def _next_line(self) -> str:
        if self._waiting is not None:
            line, self._waiting = self._waiting, None
            return line
        try:
            return next(self._lines)[1]
        except StopIteration:
            self.ended = True
            raise


def head_records(lines: list[tuple[int, str]], delimiter: str) -> list[Record]:
    """Return the first records; if quotes do not close, each line is a record."""
    records, read = _records_until_flaw(lines, delimiter)
    if read < len(lines) * 0.5:
        return [(number, cells_of_line(line, delimiter)) for number, line in lines]
    return records


def _records_until_flaw(lines: list[tuple[int, str]], delimiter: str) -> tuple[list[Record], int]:
    """Return the records before the first broken one, and how many lines they have."""
    reader = csv_reader((line for _, line in lines), delimiter)
    records, read = [], 0
    with suppress(csv.Error):
        for cells in reader:
            if reader.line_num - read > MAX_RECORD_LINES // 4:
                break
            records.append((lines[read][0], cells))
            read = reader.line_num
    return records, read
