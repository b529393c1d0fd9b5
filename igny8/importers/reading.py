"""Reading a keyword file: rows one by one, and the report that accounts for every line."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from igny8.importers.base import Problem, Report, Row
from igny8.importers.dialects import plain
from igny8.importers.folding import fold, has_substance, tidy
from igny8.importers.header import Layout, Table, find_layout, trimmed
from igny8.importers.limits import (MAX_COLUMNS, MAX_KEYWORD, MAX_PROBLEMS, MAX_ROWS,
                                    NoKeywordColumn, bad_file)
from igny8.importers.plan import Plan
from igny8.importers.textfile import LIST, TextTable
from igny8.importers.unpack import unpack
from igny8.importers.xlsx import sheets

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", LIST: ""}
_CONSOLE_LIMIT = 1_000


class Reading:
    """A file that has been looked through and can be iterated, again and again, for its Rows.

    `columns` are the names in the header, `expected` is the number of rows to come (for progress);
    `report` is complete when the iteration has ended and begins anew with the next."""

    def __init__(self, layout: Layout):
        self._layout = layout
        self._plan = Plan(layout)
        self._text_at = self._plan.at.get("text", 0)
        self.columns = layout.columns
        self.expected = self._plan.survey(cells for _, cells in self._records())
        if not self.expected:
            raise bad_file(f"{layout.table.name} has a header on line {layout.header_line} but no "
                           "rows below it. Export it again.")
        self.report = self._blank_report()

    def __iter__(self) -> Iterator[Row]:
        """Yield every keyword once, in the order of the file; the first of several wins."""
        report = self.report = self._blank_report()
        self._plan.unreadable.clear()
        seen: dict[str, int] = {}
        header = self._header_key()
        for line, cells in self._records():
            report.rows_total += 1
            raw = cells[self._text_at] if self._text_at < len(cells) else ""
            text = tidy(str(raw))
            if reason := self._refusal(text, cells, header):
                report.rejected += 1
                _list(report.problems, line, text or _glimpse(cells), reason)
                continue
            key = fold(text)
            if key in seen:
                report.duplicates += 1
                _list(report.repeats, line, text, f"already on line {seen[key]}")
                continue
            seen[key] = line
            report.taken += 1
            yield self._plan.row(line, text, text if key == text else key, cells)
        report.warnings += self._plan.warnings() + _too_many(report)

    def _records(self) -> Iterator[tuple[int, list]]:
        """Yield (line, cells) of all rows that are not blank; refuse a file with too many."""
        layout, total = self._layout, 0
        records = layout.table.records(layout.delimiter, layout.header_line)
        for line, cells in self._phrases(records) if layout.dialect is plain.LIST else records:
            if not any(cell != "" and not str(cell).isspace() for cell in cells):
                continue
            total += 1
            if total > MAX_ROWS:
                raise bad_file(f"{layout.table.name} has more than {MAX_ROWS:,} rows. Split the "
                               "export into smaller files.")
            self._refuse_runaway_quote(line, cells)
            yield line, cells

    def _phrases(self, records) -> Iterator[tuple[int, list]]:
        """Yield the phrases of a plain list without bullets, numbers and the quotes around them."""
        head = [str(cells[0]) for _, cells in self._layout.table.head(LIST) if cells]
        marker = plain.marker(head)
        for line, cells in records:
            for cell in cells if self._layout.spread else cells[:1]:
                phrase = marker.sub("", str(cell), count=1).strip()
                if len(phrase) > 1 and phrase[0] == phrase[-1] == '"' and '"' not in phrase[1:-1]:
                    phrase = phrase[1:-1]
                yield line, [phrase]

    def _refuse_runaway_quote(self, line: int, cells: Sequence) -> None:
        """Raise OutsideError when a cell has swallowed the lines that follow it."""
        if isinstance(self._layout.table, TextTable) and self._layout.delimiter != LIST:
            width, many = len(self.columns), [c for c in cells if "\n" in c]
            text = cells[self._text_at] if self._text_at < len(cells) else ""
            if many and (len(trimmed(cells)) > width
                         or ("\n" in text and self._layout.delimiter in text)
                         or len(cells) < min(width, self._text_at + 2)):
                raise bad_file(f'{self._layout.table.name}: a quote (") opened on line {line} runs '
                               "over the next lines. Close or remove it and import again.")
            if len(cells) > MAX_COLUMNS:
                raise bad_file(f"{self._layout.table.name}: line {line} has {len(cells):,} cells. "
                               "Put one keyword on a line and import again.")

    def _refusal(self, text: str, cells: Sequence, header: tuple) -> str | None:
        """Return why a row is not taken, and the cure; None when it is taken."""
        if not text:
            return "no keyword in this row"
        if len(text) > MAX_KEYWORD:
            return f"longer than {MAX_KEYWORD} characters; shorten it"
        if header and tuple(str(cell).strip() for cell in trimmed(cells)) == header:
            return "the header again"
        if len(cells) > len(self.columns) and len(trimmed(cells)) > len(self.columns):
            return (f"{len(trimmed(cells))} cells where the header has {len(self.columns)}; "
                    "put quotes around cells that hold the delimiter")
        if text.startswith("#") and text in ("#REF!", "#NAME?", "#VALUE!", "#N/A", "#DIV/0!", "#NULL!"):
            return "an error of the spreadsheet, not a keyword"
        if not has_substance(text):
            return "no letter or digit in it"
        return None

    def _header_key(self) -> tuple:
        return tuple(self.columns) if self._layout.header_line and len(self.columns) > 1 else ()

    def _blank_report(self) -> Report:
        layout, dialect = self._layout, self._layout.dialect
        report = Report(dialect.name, dialect.label, layout.table.encoding,
                        _DELIMITERS[layout.delimiter], layout.header_line, list(layout.columns),
                        self._plan.used or {"text": layout.columns[0]}, self._plan.ignored,
                        list(layout.table.warnings), member=layout.table.member)
        if dialect is plain.LIST:
            report.ignored = {}
        if self._plan.steps:
            report.warnings.append("Google gave steps instead of figures (50, 500, 5,000 …): each "
                                   "volume is kept as the range it stands for.")
        if dialect.note:
            report.warnings.append(dialect.note)
        if dialect.name == "search_console" and self.expected >= _CONSOLE_LIMIT:
            report.warnings.append("Search Console exports 1,000 rows at most: there may be more.")
        return report


@dataclass(slots=True)
class Preview:
    """The first rows of a file and the report about all of it.

    When no column is recognisably the keyword, `needs_mapping` is True, `rows` is empty, `message`
    says what is wanted, and `records` are the first rows as text, one cell a column."""

    rows: list[Row]
    report: Report
    columns: list[str]
    records: list[list[str]] = field(default_factory=list)
    needs_mapping: bool = False
    message: str = ""


def read(path: str | os.PathLike | bytes, filename: str,
         mapping: Mapping[str, str] | None = None) -> Reading:
    """Return the reading of a file, or of the bytes of a pasted text.

    `mapping` maps a field of Row to the name of a column, for files that no dialect knows. Raises
    OutsideError (bad_file, permanent) for a file that cannot be read as a whole: no row has been
    given out by then."""
    return Reading(find_layout(_tables(path, filename), filename, mapping))


def preview(path: str | os.PathLike | bytes, filename: str,
            mapping: Mapping[str, str] | None = None, rows: int = 20) -> Preview:
    """Return the first rows and the report about the whole file; errors are those of read().

    Only a missing keyword column is no error here: the answer then holds what to map by hand."""
    try:
        reading = read(path, filename, mapping)
    except NoKeywordColumn as missing:
        report = Report("unknown", "Unknown table", "", "", missing.header_line, missing.columns)
        return Preview([], report, missing.columns, missing.records, True, str(missing))
    first = []
    for row in reading:
        if len(first) < rows:
            first.append(row)
    return Preview(first, reading.report, reading.columns)


def _tables(path: str | os.PathLike | bytes, filename: str) -> list[Table]:
    kind, sources = unpack(path, filename)
    tables = sheets(sources[0]) if kind == "xlsx" else [TextTable(source) for source in sources]
    filled = [table for table in tables if not table.is_empty]
    if not filled:
        raise bad_file(f"{filename} is empty: it holds nothing but blank lines. Export it again.")
    return filled


def _list(problems: list[Problem], line: int, text: str, reason: str) -> None:
    if len(problems) < MAX_PROBLEMS:
        problems.append(Problem(line, text[:120], reason))


def _glimpse(cells: Sequence) -> str:
    return " ".join(str(cell) for cell in cells if cell != "")[:120]


def _too_many(report: Report) -> list[str]:
    if report.rejected <= len(report.problems):
        return []
    return [f"{report.rejected:,} rows were rejected; the first {len(report.problems):,} are listed."]
