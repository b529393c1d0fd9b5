"""Collect the tables of an HTML page as rows of texts."""

from html.parser import HTMLParser

from igny8.importers.limits import MAX_COLUMNS

_MAX_SPAN = 50


class TableParser(HTMLParser):
    """Collects the rows of all tables of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._depth = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1
        self._is_hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a table, a row, a cell, or text that is not shown."""
        if tag in ("script", "style"):
            self._is_hidden += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            if self._row is None:
                self._row = []
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), _MAX_SPAN) if span.isdecimal() and len(span) < 5 else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a table, a row, a cell, or text that is not shown."""
        if tag in ("script", "style"):
            self._is_hidden = max(0, self._is_hidden - 1)
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        """Add text to the cell."""
        if self._cell is not None and not self._is_hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        row = self._row if self._row is not None else []
        if len(row) < MAX_COLUMNS:
            row.append(" ".join("".join(self._cell).split()))
            row.extend([""] * (max(self._span, 1) - 1))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self.tables[-1].append(self._row)
        self._row = None
