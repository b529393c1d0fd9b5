"""Which line is the header, which tool wrote it, and how the lines are cut into cells."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from igny8.errors import ExternalError
from igny8.importers.dialects import DIALECTS, plain
from igny8.importers.dialects.base import Dialect, column_key
from igny8.importers.grid import GridTable
from igny8.importers.limits import HEADER_LINES, MAX_COLUMNS, NoKeywordColumn, bad_file
from igny8.importers.numbers import is_missing, real
from igny8.importers.textfile import LIST, TextTable
from igny8.keyword_fields import MAPPABLE

Table = TextTable | GridTable

_TABLE_NAMES = (".csv", ".tsv", ".tab", ".xlsx", ".zip", ".gz")
_NUMBERED = re.compile(r"Column (\d{1,3})")
NOT_USED = "-"  # in a mapping: this field is in no column
_PHRASE_CHARS = 80  # a column name is no longer


@dataclass(frozen=True)
class Layout:
    """How a table is to be read.

    `header_line` is 0 where there is none; `is_spread` says that the
    phrases stand side by side on one line; `by_hand` are the fields that a person mapped.
    """

    table: Table
    dialect: Dialect
    delimiter: str
    header_line: int
    columns: list[str]
    is_spread: bool = False
    by_hand: tuple[str, ...] = ()


def find_layout(
    tables: Sequence[Table], filename: str, mapping: Mapping[str, str] | None = None
) -> Layout:
    """Return how the most telling of the tables is read.

    Raises NoKeywordColumn when it is a table without a known keyword column, and ExternalError
    when the mapping names columns or fields that are not there.
    """
    mapping = {name: column for name, column in (mapping or {}).items() if column}
    without = frozenset(name for name, column in mapping.items() if column == NOT_USED)
    mapping = {name: column for name, column in mapping.items() if column != NOT_USED}
    if unknown := sorted(set(mapping) - set(MAPPABLE)):
        raise bad_file(
            f"The mapping names {', '.join(unknown)}; it may name {', '.join(MAPPABLE)}."
        )
    best = _best_layout(tables, DIALECTS)
    if "text" in mapping and (best is None or not _has_columns(best, mapping)):
        best = _best_layout(tables, (_by_hand(mapping),)) or best
    if best is None and mapping:
        return _mapped_without_header(tables[0], mapping)
    if best is None:
        return _unknown(tables[0], filename)
    if mapping or without:
        best = _with_mapping(best, mapping, without)
    if len(best.columns) == 1 and isinstance(best.table, TextTable):
        return Layout(best.table, best.dialect, LIST, best.header_line, best.columns)
    return _with_row_delimiter(best)


def _best_layout(tables: Sequence[Table], dialects: Sequence[Dialect]) -> Layout | None:
    best, best_score = None, 0
    for table in tables:
        for delimiter in table.delimiters:
            for row, (line, cells) in enumerate(table.head(delimiter)):
                if line > HEADER_LINES:
                    break
                columns = column_names(cells)
                if (row and len(columns) < 2) or _is_no_header(columns):
                    continue
                for dialect in dialects:
                    score = dialect.recognise(columns)
                    is_wider = best and best.table is table and len(columns) > len(best.columns)
                    if score > best_score or (score and score == best_score and is_wider):
                        best, best_score = Layout(table, dialect, delimiter, line, columns), score
    return best


def _is_no_header(columns: Sequence[str]) -> bool:
    return any(_is_number(cell) for cell in columns) or any(
        len(cell) > 4 * _PHRASE_CHARS for cell in columns
    )


def _has_columns(layout: Layout, mapping: Mapping[str, str]) -> bool:
    keys = {column_key(name) for name in layout.columns}
    return all(column_key(column) in keys for column in mapping.values())


def _with_mapping(
    layout: Layout, mapping: Mapping[str, str], without: frozenset[str] = frozenset()
) -> Layout:
    """Return a layout with the columns that a person chose, besides those recognised.

    The fields in `without` are not read.
    """
    keys = {column_key(name) for name in layout.columns}
    if missing := [column for column in mapping.values() if column_key(column) not in keys]:
        raise _no_such_columns(layout.table, missing, layout.columns)
    dialect = layout.dialect
    mapped = {name: (column_key(column),) for name, column in mapping.items()}
    wanted = {key for names in mapped.values() for key in names}
    fields = {
        name: tuple(each for each in names if column_key(each) not in wanted)
        for name, names in dialect.fields.items()
        if name not in without
    }
    named = Dialect(
        name=dialect.name,
        label=dialect.label,
        fields={**fields, **mapped},
        ignored={k: why for k, why in dialect.ignored.items() if column_key(k) not in wanted},
        flags=dialect.flags,
        intent_codes=dialect.intent_codes,
        order=dialect.order,
        has_steps=dialect.has_steps,
        general=dialect.general,
        note=dialect.note,
        without=without,
    )
    return Layout(
        layout.table,
        named,
        layout.delimiter,
        layout.header_line,
        layout.columns,
        False,
        tuple(mapping),
    )


def _with_row_delimiter(layout: Layout) -> Layout:
    """Return the layout with the delimiter of the rows, where it is not that of the header."""
    if not isinstance(layout.table, TextTable):
        return layout
    width = len(layout.columns)

    def fitting(delimiter: str) -> int:
        rows = [cells for line, cells in layout.table.head(delimiter) if line > layout.header_line]
        return sum(len(cells) == width or len(trimmed(cells)) == width for cells in rows)

    own = fitting(layout.delimiter)
    other = max((mark for mark in layout.table.delimiters if mark != layout.delimiter), key=fitting)
    rows = sum(line > layout.header_line for line, _ in layout.table.head(layout.delimiter))
    if own or not rows or fitting(other) < 0.8 * rows:
        return layout
    return Layout(
        layout.table,
        layout.dialect,
        other,
        layout.header_line,
        layout.columns,
        False,
        layout.by_hand,
    )


def column_names(cells: Sequence) -> list[str]:
    """Return the names of a header: trimmed, every one different, blank ones numbered."""
    names: dict[str, None] = {}
    for position, cell in enumerate(trimmed(cells)[:MAX_COLUMNS], start=1):
        name = " ".join(str(cell).replace("\ufeff", "").split())[:200] or f"Column {position}"
        if name in names:
            name = f"{name} ({position})"
        names[name] = None
    return list(names)


def trimmed(cells: Sequence) -> list:
    """Return the cells without the blank ones at the end."""
    end = len(cells)
    while end and (cells[end - 1] == "" or str(cells[end - 1]).isspace()):
        end -= 1
    return list(cells[:end])


def _by_hand(mapping: Mapping[str, str]) -> Dialect:
    """Return the dialect that a person's mapping amounts to; general names fill the rest."""
    names = {name: (column_key(column),) for name, column in mapping.items()}
    return Dialect(
        name="mapped", label="Columns chosen by you", fields=names, needs=tuple(names.values())
    )


def _unknown(table: Table, filename: str) -> Layout:
    """Return the layout of a plain list, or raise NoKeywordColumn with what was seen."""
    shape = _shape(table)
    if shape is None:
        return Layout(
            table,
            plain.LIST,
            table.delimiters[-1] if isinstance(table, GridTable) else LIST,
            0,
            ["Phrase"],
        )
    delimiter, width, start = shape
    rows = [record for record in table.head(delimiter) if record[0] >= start]
    if (
        len(table.head(delimiter)) == 1
        and isinstance(table, TextTable)
        and not filename.lower().endswith(_TABLE_NAMES)
    ):
        return Layout(table, plain.LIST, delimiter, 0, ["Phrase"], is_spread=True)
    line, cells = rows[0]
    header = not any(_is_number(cell) for cell in cells) and len(rows) > 1
    columns = (
        column_names(cells)
        if header
        else [f"Column {n + 1}" for n in range(min(width, MAX_COLUMNS))]
    )
    seen = ", ".join(f"“{name[:40]}”" for name in columns[:20])
    raise NoKeywordColumn(
        f"{table.name}: no column is recognisably the keyword. Line {line} has the columns {seen}. "
        "Choose the column that holds the keyword.",
        columns,
        [[str(cell)[:200] for cell in row] for _, row in rows[header : header + 20]],
        line if header else 0,
    )


def _mapped_without_header(table: Table, mapping: Mapping[str, str]) -> Layout:
    """Return the layout of a table without header, whose columns were mapped as "Column 2"."""
    if "text" not in mapping:
        raise bad_file("The mapping does not say which column holds the keyword (text).")
    shape = _shape(table)
    places = {name: _NUMBERED.fullmatch(column) for name, column in mapping.items()}
    delimiter, width, start = shape or (LIST, 1, 1)
    if all(places.values()) and all(1 <= int(at[1]) <= width for at in places.values() if at):
        columns = [f"Column {n + 1}" for n in range(width)]
        return Layout(
            table, _by_hand(mapping), delimiter, start - 1, columns, False, tuple(mapping)
        )
    first = next((cells for line, cells in table.head(delimiter) if line >= start), [])
    raise _no_such_columns(table, list(mapping.values()), column_names(first))


def _no_such_columns(table: Table, wanted: Sequence[str], seen: Sequence[str]) -> ExternalError:
    return bad_file(
        f"{table.name} has no line with the mapped columns "
        f"{', '.join(f'“{column}”' for column in wanted)} among its first {HEADER_LINES}. It has "
        f"{', '.join(f'“{name[:40]}”' for name in seen[:20])}. Map the columns again."
    )


def _shape(table: Table) -> tuple[str, int, int] | None:
    """Return (delimiter, width, first line) of what is evidently a table, or None for a list.

    A record of the table's width counts as such, also when its last cells are blank.
    """
    best = None
    for delimiter in table.delimiters:
        rows = table.head(delimiter)
        if delimiter in (",", ";") and _is_only_in_prose(table, delimiter):
            continue
        widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
        if not widths:
            continue
        width, often = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        first = next(at for at, (_, cells) in enumerate(rows) if len(cells) == width)
        share = often / max(1, len(rows) - first)
        if share >= 0.8 and first < HEADER_LINES and (best is None or (share, width) > best[0]):
            best = ((share, width), (delimiter, width, rows[first][0]))
    return best and best[1]


def _is_only_in_prose(table: Table, mark: str) -> bool:
    """Return whether a mark is always followed by a space, as in phrases rather than in tables."""
    lines = [str(cells[0]) for _, cells in table.head(LIST)]
    return len(lines) > 1 and all(line.count(mark) == line.count(mark + " ") for line in lines)


def _is_number(cell: object) -> bool:
    if is_missing(cell):
        return False
    try:
        return real(cell) is not None
    except ValueError:
        return False
