"""A parsed keyword file: its rows, and the report that accounts for every line."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from igny8.errors import ExternalError
from igny8.importers.base import Report, Row, SetAside
from igny8.importers.column_mapping import ColumnMapping
from igny8.importers.dialects import plain
from igny8.importers.keyword_flags import flags_of
from igny8.importers.layout import Layout
from igny8.importers.limits import (
    MAX_LISTED_DUPLICATES,
    MAX_LISTED_PROBLEMS,
    MAX_ROWS,
    BadRow,
    bad_file,
    bad_rows_allowed,
)
from igny8.importers.normalise import clean_text, keyword_key
from igny8.importers.not_keywords import reason_set_aside, total_label
from igny8.importers.report_lines import add_problem, comment_note, row_excerpt, unlisted_rejections
from igny8.importers.row_checks import refuse_runaway_quote, rejection
from igny8.importers.seen_keys import SeenKeys
from igny8.importers.text_lines import is_quoted
from igny8.importers.textfile import LIST, TextTable

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", LIST: ""}
_CONSOLE_LIMIT = 1_000
_SAMPLED_ROWS = 2_000
_TICK_RECORDS = 2_000
_STEPS_NOTE = (
    "Google gave steps instead of figures (50, 500, 5,000 …): each volume is kept as the range "
    "it stands for."
)
_CUT_NOTE = "Search Console exports 1,000 rows at most: there may be more."


class ParsedFile:
    """A surveyed file that can be iterated repeatedly; it yields Rows.

    `columns` are the names in the header, `expected` is the number of rows (for progress); `report`
    is complete after an iteration and starts anew with the next. Rows set aside are yielded by
    `entries()` as SetAside; plain iteration omits them. `tick` is called every few thousand
    records, also during the survey.
    """

    def __init__(
        self, layout: Layout, tag: str = "", tick: Callable[[], None] = lambda: None
    ) -> None:
        self._layout, self._tag, self._tick = layout, tag, tick
        self._mapping = ColumnMapping(layout)
        self._text_at = self._mapping.at.get("text", 0)
        self.columns = layout.columns
        self._bad_rows: list[tuple[int, str]] = []
        self._comments: list[int] = []
        self.expected = self._survey()
        self._refuse_unless_rows()
        self.report = self._blank_report()

    def __iter__(self) -> Iterator[Row]:
        """Yield every keyword once in file order; the first of several wins."""
        return (entry for entry in self.entries() if entry.__class__ is Row)

    def entries(self, seen: SeenKeys | None = None) -> Iterator[Row | SetAside]:
        """Yield every keyword once and the rows set aside, in file order."""
        report = self.report = self._blank_report()
        self._mapping.unreadable.clear()
        seen = seen or SeenKeys()
        for line, cells in self._records():
            report.rows_total += 1
            raw = cells[self._text_at] if self._text_at < len(cells) else ""
            text = clean_text(str(raw))
            if not text and (label := total_label(cells)):
                yield self._aside(line, label, cells, "a total, not a keyword")
            elif reason := rejection(text, raw, cells, self._layout):
                report.rejected += 1
                add_problem(
                    report.problems, MAX_LISTED_PROBLEMS, line, text or row_excerpt(cells), reason
                )
            elif before := seen.add(key := keyword_key(text), line):
                report.duplicates += 1
                reason = f"already on line {before}"
                add_problem(report.repeats, MAX_LISTED_DUPLICATES, line, text, reason)
            elif reason := reason_set_aside(text, self._is_alone(text, cells)):
                yield self._aside(line, text, cells, reason)
            else:
                report.taken += 1
                yield self._row(line, text, text if key == text else key, cells)
        report.warnings += self._mapping.warnings() + unlisted_rejections(report)
        report.notes += comment_note(self._comments)

    def _is_alone(self, text: str, cells: Sequence) -> bool:
        """Return whether the other cells of the keyword's row are empty.

        In a list this is always so, and only counts if the phrase ends like a sentence.
        """
        if len(self.columns) == 1 and not text.endswith("."):
            return False
        return not any(cell != "" for at, cell in enumerate(cells) if at != self._text_at)

    def _row(self, line: int, text: str, key: str, cells: Sequence) -> Row:
        row = self._mapping.row(line, text, key, cells, tags=self._tag)
        row.flags = flags_of(text, row.intent)
        return row

    def _aside(self, line: int, text: str, cells: Sequence, reason: str) -> SetAside:
        """Set a row aside: count it, list it in the report, and return it."""
        self.report.set_aside += 1
        add_problem(self.report.asides, MAX_LISTED_PROBLEMS, line, text, reason)
        return SetAside(self._row(line, text, keyword_key(text), cells), reason)

    def _survey(self) -> int:
        """Read through the file once and return the number of rows to expect.

        For a sheet, the first thousands of rows suffice unless volumes may be rounded.
        """
        rows = (cells for _, cells in self._records())
        table = self._layout.table
        if isinstance(table, TextTable) or self._layout.dialect.has_steps:
            return self._mapping.survey(rows)
        surveyed = self._mapping.survey(islice(rows, _SAMPLED_ROWS))
        return surveyed if surveyed < _SAMPLED_ROWS else max(surveyed, table.expected - 1)

    def _refuse_unless_rows(self) -> None:
        """Raise ExternalError for a file without rows, or with too many bad ones."""
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
        if len(self._bad_rows) > bad_rows_allowed(self.expected):
            raise self._too_many_bad_rows()

    def _too_many_bad_rows(self) -> ExternalError:
        (line, reason), others = self._bad_rows[0], len(self._bad_rows) - 1
        more = f" So are {others:,} more of its {self.expected:,} rows: export it again."
        return bad_file(f"{self._layout.table.name}: line {line} {reason}.{more if others else ''}")

    def _records(self) -> Iterator[tuple[int, list]]:
        """Yield (line, cells) of all non-blank rows; refuse a file with too many."""
        layout, at, total = self._layout, self._text_at, 0
        self._bad_rows.clear()
        self._comments.clear()
        is_text = isinstance(layout.table, TextTable) and layout.delimiter != LIST
        width = len(self.columns)
        records = layout.table.records(layout.delimiter, layout.header_line)
        if layout.delimiter == LIST and isinstance(layout.table, TextTable):
            records = self._without_comments(records)
        for line, cells in self._phrases(records) if layout.dialect is plain.LIST else records:
            if cells.__class__ is BadRow:
                self._bad_rows.append((line, cells.reason))
            text = cells[at] if at < len(cells) else ""
            if text == "" and not any(str(cell).strip() for cell in cells):
                continue
            total += 1
            if total > MAX_ROWS:
                raise bad_file(
                    f"{layout.table.name} has more than {MAX_ROWS:,} rows. Split the "
                    "export into smaller files."
                )
            if total % _TICK_RECORDS == 0:
                self._tick()
            if is_text and len(cells) != width:
                refuse_runaway_quote(layout, at, line, cells)
            yield line, cells

    def _without_comments(self, records: Iterator) -> Iterator[tuple[int, list]]:
        """Yield the lines of a list except comments, whose positions are stored."""
        for line, cells in records:
            if plain.is_comment(cells[0]):
                self._comments.append(line)
            else:
                yield line, cells

    def _phrases(self, records: Iterator) -> Iterator[tuple[int, list]]:
        """Yield the phrases of a plain list without bullets, numbers and enclosing quotes."""
        head = [str(cells[0]) for _, cells in self._layout.table.head(LIST) if cells]
        marker = plain.marker(head)
        for line, cells in records:
            if cells.__class__ is BadRow:
                yield line, cells
                continue
            for cell in cells if self._layout.is_spread else cells[:1]:
                yield line, [_phrase(cell, marker) if cell.__class__ is str else cell]

    def _blank_report(self) -> Report:
        """Return the initial report of the file."""
        layout, dialect, mapping = self._layout, self._layout.dialect, self._mapping
        table = layout.table
        report = Report(
            dialect.name,
            dialect.label,
            table.encoding,
            _DELIMITERS[layout.delimiter],
            layout.header_line,
            list(layout.columns),
            mapping.used or {"text": layout.columns[0]},
            mapping.ignored,
            list(table.warnings),
            list(table.notes),
            member=table.member,
        )
        if dialect is plain.LIST:
            report.ignored = {}
            return report
        report.unused = mapping.unused_numbers()
        report.encodings = table.encoding_choices()
        report.notes += mapping.notes + self._notes_of_dialect()
        return report

    def _notes_of_dialect(self) -> list[str]:
        """Return notes for users about files of this tool."""
        dialect = self._layout.dialect
        may_be_cut = dialect.name.startswith("search_console") and self.expected >= _CONSOLE_LIMIT
        notes = (_STEPS_NOTE if self._mapping.has_steps else "", dialect.note)
        return [note for note in (*notes, _CUT_NOTE if may_be_cut else "") if note]


def _phrase(cell: str, marker: re.Pattern[str]) -> str:
    """Return a line of a list without its bullet or number and enclosing quotes."""
    phrase = marker.sub("", cell, count=1).strip()
    return phrase[1:-1] if is_quoted(phrase) and '"' not in phrase[1:-1] else phrase
