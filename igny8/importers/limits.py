"""Size limits of keyword files, and the errors for unreadable files."""

from collections.abc import Iterable

from igny8.errors import ExternalError

MAX_UNPACKED_BYTES = 100 * 1024 * 1024  # of a file or of everything in an archive
MAX_ROWS = 1_000_000
MAX_CELLS = 12_000_000  # of the rectangle that a sheet fills, blank ones included
MAX_CELL_CHARS = 10_000
MAX_LINE_CHARS = 1_000_000
MAX_RECORD_LINES = 200  # lines that one quoted record may span
MAX_COLUMNS = 1_000
MAX_MEMBERS = 200  # files in a ZIP, sheets in a workbook
MAX_KEYWORD_CHARS = 200
MAX_LISTED_PROBLEMS = 1_000  # the rest is counted
MAX_LISTED_DUPLICATES = 100
HEADER_LINES = 15  # the header stands on one of these
HEAD_ROWS = 60  # rows that are looked at to find header and delimiter
MAX_BAD_ROWS_OF_SMALL_FILE = 3  # that are left out of any file of a dozen lines


def bad_file(message: str) -> ExternalError:
    """Return the error for an unreadable file; `message` names the place and the remedy."""
    return ExternalError(message, kind="bad_file", permanent=True)


def bad_rows_allowed(lines: int) -> int:
    """Return how many bad lines a file of so many may have before all of it is refused."""
    return min(lines // 4, max(MAX_BAD_ROWS_OF_SMALL_FILE, lines // 100))


class BadRow(list):
    """The cells of a rejected line; `reason` includes the remedy."""

    def __init__(self, cells: Iterable, reason: str) -> None:
        super().__init__(cells)
        self.reason = reason


class NoKeywordColumn(ExternalError):
    """A table without a recognisable keyword column; a person can map it by hand.

    `columns` are the names found ("Column 1" … without a header), `records` the first rows as text,
    `header_line` the line of the header or 0.
    """

    def __init__(
        self, message: str, columns: list[str], records: list[list[str]], header_line: int = 0
    ) -> None:
        super().__init__(message, kind="bad_file", permanent=True)
        self.columns = columns
        self.records = records
        self.header_line = header_line
