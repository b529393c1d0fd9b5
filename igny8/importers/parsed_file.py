"""Reading a keyword file: rows one by one, and the report that accounts for every line."""

from collections.abc import Iterator, Sequence
from itertools import islice

from igny8.importers.base import Problem, Report, Row
from igny8.importers.column_mapping import ColumnMapping
from igny8.importers.dialects import plain
from igny8.importers.header import Layout, trimmed
from igny8.importers.limits import (
    MAX_COLUMNS,
    MAX_KEYWORD_CHARS,
    MAX_LISTED_DUPLICATES,
    MAX_LISTED_PROBLEMS,
    MAX_ROWS,
    BadRow,
    bad_file,
    bad_rows_allowed,
)
from igny8.importers.normalise import clean_text, has_substance, keyword_key
from igny8.importers.textfile import LIST, TextTable

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", LIST: ""}
_CONSOLE_LIMIT = 1_000
_SAMPLE = 2_000


class ParsedFile:
    """A file that has been looked through and can be iterated, again and again, for its Rows.

    `columns` are the names in the header, `expected` is the number of rows to come (for progress);
    `report` is complete when the iteration has ended and begins anew with the next."""

    def __init__(self, layout: Layout):
        self._layout = layout
        self._plan = ColumnMapping(layout)
        self._text_at = self._plan.at.get("text", 0)
        self.columns = layout.columns
        self._spoilt: list[tuple[int, str]] = []
        self._comments: list[int] = []
        self.expected = self._survey()
        self._refuse_unless_rows()
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
            text = clean_text(str(raw))
            if reason := self._refusal(text, cells, header):
                report.rejected += 1
                _list(report.problems, MAX_LISTED_PROBLEMS, line, text or _glimpse(cells), reason)
                continue
            key = keyword_key(text)
            if key in seen:
                report.duplicates += 1
                _list(
                    report.repeats,
                    MAX_LISTED_DUPLICATES,
                    line,
                    text,
                    f"already on line {seen[key]}",
                )
                continue
            seen[key] = line
            report.taken += 1
            yield self._plan.row(line, text, text if key == text else key, cells)
        report.warnings += self._plan.warnings() + _too_many(report) + _commented(self._comments)

    def _survey(self) -> int:
        """Look through the file once and return how many rows to expect.

        Of a sheet, the first thousands tell enough unless volumes may be steps: cells take time."""
        rows = (cells for _, cells in self._records())
        table = self._layout.table
        if isinstance(table, TextTable) or self._layout.dialect.buckets:
            return self._plan.survey(rows)
        sampled = self._plan.survey(islice(rows, _SAMPLE))
        return sampled if sampled < _SAMPLE else max(sampled, table.about() - 1)

    def _refuse_unless_rows(self) -> None:
        """Raise OutsideError for a file without rows, or with so many bad ones that it is damaged."""
        name = self._layout.table.name
        if not self.expected and self._comments:
            raise bad_file(
                f"{name} holds nothing but comments: every line begins with “# ”. Put one "
                "keyword on a line, without the sign before it."
            )
        if not self.expected:
            raise bad_file(
                f"{name} has a header on line {self._layout.header_line} but no "
                "rows below it. Export it again."
            )
        if len(self._spoilt) > bad_rows_allowed(self.expected):
            (line, reason), often = self._spoilt[0], len(self._spoilt)
            others = (
                f" So are {often - 1:,} more of its {self.expected:,} rows: export it again."
                if often > 1
                else ""
            )
            raise bad_file(f"{name}: line {line} {reason}.{others}")

    def _records(self) -> Iterator[tuple[int, list]]:
        """Yield (line, cells) of all rows that are not blank; refuse a file with too many."""
        layout, at, total = self._layout, self._text_at, 0
        self._spoilt.clear()
        self._comments.clear()
        is_text = isinstance(layout.table, TextTable) and layout.delimiter != LIST
        width = len(self.columns)
        records = layout.table.records(layout.delimiter, layout.header_line)
        if layout.delimiter == LIST and isinstance(layout.table, TextTable):
            records = self._without_comments(records)
        for line, cells in self._phrases(records) if layout.dialect is plain.LIST else records:
            if cells.__class__ is BadRow:
                self._spoilt.append((line, cells.reason))
            text = cells[at] if at < len(cells) else ""
            if text == "" and not any(str(cell).strip() for cell in cells):
                continue
            total += 1
            if total > MAX_ROWS:
                raise bad_file(
                    f"{layout.table.name} has more than {MAX_ROWS:,} rows. Split the "
                    "export into smaller files."
                )
            if is_text and (len(cells) != width or "\n" in text):
                self._refuse_runaway_quote(line, text, cells)
            yield line, cells

    def _without_comments(self, records) -> Iterator[tuple[int, list]]:
        """Yield the lines of a list that are no comments, and remember where those stood."""
        for line, cells in records:
            if plain.is_comment(cells[0]):
                self._comments.append(line)
            else:
                yield line, cells

    def _phrases(self, records) -> Iterator[tuple[int, list]]:
        """Yield the phrases of a plain list without bullets, numbers and the quotes around them."""
        head = [str(cells[0]) for _, cells in self._layout.table.head(LIST) if cells]
        marker = plain.marker(head)
        for line, cells in records:
            if cells.__class__ is BadRow:
                yield line, cells
                continue
            for cell in cells if self._layout.spread else cells[:1]:
                phrase = marker.sub("", str(cell), count=1).strip()
                if len(phrase) > 1 and phrase[0] == phrase[-1] == '"' and '"' not in phrase[1:-1]:
                    phrase = phrase[1:-1]
                yield line, [phrase]

    def _refuse_runaway_quote(self, line: int, text: str, cells: Sequence) -> None:
        """Raise OutsideError when a cell has swallowed the lines that follow it."""
        name, width = self._layout.table.name, len(self.columns)
        swallowed = "\n" in text and self._layout.delimiter in text
        uneven = len(trimmed(cells)) > width or len(cells) < min(width, self._text_at + 2)
        if swallowed or (uneven and any("\n" in cell for cell in cells)):
            raise bad_file(
                f'{name}: a quote (") opened on line {line} runs over the next lines. '
                "Close or remove it and import again."
            )
        if len(cells) > MAX_COLUMNS and not self._layout.spread:
            raise bad_file(
                f"{name}: line {line} has {len(cells):,} cells. Put one keyword on a "
                "line and import again."
            )

    def _refusal(self, text: str, cells: Sequence, header: tuple) -> str | None:
        """Return why a row is not taken, and the cure; None when it is taken."""
        if cells.__class__ is BadRow:
            return cells.reason
        if not text:
            return "no keyword in this row"
        if len(text) > MAX_KEYWORD_CHARS:
            return f"longer than {MAX_KEYWORD_CHARS} characters; shorten it"
        if (
            header
            and text == header[0]
            and tuple(str(cell).strip() for cell in trimmed(cells)) == header[1]
        ):
            return "the header again"
        if len(cells) > len(self.columns) and len(trimmed(cells)) > len(self.columns):
            return (
                f"{len(trimmed(cells))} cells where the header has {len(self.columns)}; "
                "put quotes around cells that hold the delimiter"
            )
        if text.startswith("#") and text in (
            "#REF!",
            "#NAME?",
            "#VALUE!",
            "#N/A",
            "#DIV/0!",
            "#NULL!",
        ):
            return "an error of the spreadsheet, not a keyword"
        if not has_substance(text):
            return "no letter or digit in it"
        return None

    def _header_key(self) -> tuple:
        if not self._layout.header_line or len(self.columns) < 2:
            return ()
        return self.columns[self._text_at], tuple(self.columns)

    def _blank_report(self) -> Report:
        layout, dialect = self._layout, self._layout.dialect
        report = Report(
            dialect.name,
            dialect.label,
            layout.table.encoding,
            _DELIMITERS[layout.delimiter],
            layout.header_line,
            list(layout.columns),
            self._plan.used or {"text": layout.columns[0]},
            self._plan.ignored,
            list(layout.table.warnings),
            member=layout.table.member,
        )
        if dialect is plain.LIST:
            report.ignored = {}
        if self._plan.steps:
            report.warnings.append(
                "Google gave steps instead of figures (50, 500, 5,000 …): each "
                "volume is kept as the range it stands for."
            )
        if dialect.note:
            report.warnings.append(dialect.note)
        if dialect.name == "search_console" and self.expected >= _CONSOLE_LIMIT:
            report.warnings.append("Search Console exports 1,000 rows at most: there may be more.")
        return report


def _list(problems: list[Problem], most: int, line: int, text: str, reason: str) -> None:
    if len(problems) < most:
        problems.append(Problem(line, text[:120], reason))


def _glimpse(cells: Sequence) -> str:
    return " ".join(str(cell) for cell in cells if cell != "")[:120]


def _commented(lines: Sequence[int]) -> list[str]:
    if not lines:
        return []
    said = "1 line that begins" if len(lines) == 1 else f"{len(lines):,} lines that begin"
    return [
        f"{said} with “# ” {'was' if len(lines) == 1 else 'were'} taken as a comment and left out "
        f"({'' if len(lines) == 1 else 'first: '}line {lines[0]})."
    ]


def _too_many(report: Report) -> list[str]:
    if report.rejected <= len(report.problems):
        return []
    return [
        f"{report.rejected:,} rows were rejected; the first {len(report.problems):,} are listed."
    ]
