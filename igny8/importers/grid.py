"""A table with known cells: a sheet, an HTML table, a Markdown table."""

from collections.abc import Callable, Iterator

from igny8.importers.limits import HEAD_ROWS

Rows = Callable[[], Iterator[tuple[int, list]]]


class GridTable:
    """A table that can be read repeatedly. `rows` opens it: (row number from 1, cells)."""

    delimiters = ("",)
    is_folded = False

    def __init__(self, name: str, member: str, encoding: str, rows: Rows) -> None:
        self.name, self.member, self.encoding = name, member, encoding
        self._rows = rows
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.expected = self.cells = 0
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
        """Yield (row number, cells: text, int or float) of all filled rows after row `after`."""
        for number, cells in self._rows():
            if number > after and any(cell != "" for cell in cells):
                yield number, cells

    def encoding_choices(self) -> list[dict]:
        """Return nothing: the container specifies the encoding."""
        return []
