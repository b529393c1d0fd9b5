"""Find the header line, the tool and the delimiter of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from igny8.importers.chosen_columns import (
    NOT_USED,
    dialect_by_hand,
    has_columns,
    mapped_without_header,
    with_mapping,
)
from igny8.importers.dialects import DIALECTS, google_trends, plain
from igny8.importers.dialects.base import Dialect
from igny8.importers.grid import GridTable
from igny8.importers.layout import Layout, Table, column_names, trimmed
from igny8.importers.limits import HEADER_LINES, MAX_COLUMNS, NoKeywordColumn, bad_file
from igny8.importers.table_shape import is_number, shape_of
from igny8.importers.textfile import LIST, TextTable
from igny8.keyword_fields import MAPPABLE

_TABLE_NAMES = (".csv", ".tsv", ".tab", ".xlsx", ".zip", ".gz")
_PHRASE_CHARS = 80  # a column name is no longer


def find_layout(
    tables: Sequence[Table], filename: str, mapping: Mapping[str, str] | None = None
) -> Layout:
    """Return the layout of the best of the tables.

    Raises NoKeywordColumn for a table without a known keyword column, and ExternalError if the
    mapping names missing columns or fields.
    """
    mapping, without = _split_mapping(mapping or {})
    best = _best_layout(tables, DIALECTS)
    if "text" in mapping and (best is None or not has_columns(best, mapping)):
        best = _best_layout(tables, (dialect_by_hand(mapping),)) or best
    if best is None and mapping:
        return mapped_without_header(tables[0], mapping)
    if best is None:
        return _layout_of_trends(tables) or _layout_of_list(tables[0], filename)
    if mapping or without:
        best = with_mapping(best, mapping, without)
    if len(best.columns) == 1 and isinstance(best.table, TextTable):
        return Layout(best.table, best.dialect, LIST, best.header_line, best.columns)
    return _with_row_delimiter(best)


def _split_mapping(mapping: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the columns by field, and the fields without a column; blank ones are omitted.

    Raises ExternalError for an unknown field.
    """
    columns = {name: column for name, column in mapping.items() if column not in ("", NOT_USED)}
    if unknown := sorted(set(columns) - set(MAPPABLE)):
        raise bad_file(
            f"The mapping names {', '.join(unknown)}; it may name {', '.join(MAPPABLE)}."
        )
    return columns, frozenset(name for name, column in mapping.items() if column == NOT_USED)


def _best_layout(tables: Sequence[Table], dialects: Sequence[Dialect]) -> Layout | None:
    """Return the layout with the highest dialect score; of equal ones the widest first."""
    best, best_score = None, 0
    for layout in _candidates(tables):
        for dialect in dialects:
            score = dialect.recognise(layout.columns)
            is_wider = (
                best and best.table is layout.table and len(layout.columns) > len(best.columns)
            )
            if score > best_score or (score and score == best_score and is_wider):
                best, best_score = replace(layout, dialect=dialect), score
    return best


def _candidates(tables: Sequence[Table]) -> Iterator[Layout]:
    """Yield every possible header line as a layout without a dialect."""
    for table in tables:
        for delimiter in table.delimiters:
            for row, (line, cells) in enumerate(table.head(delimiter)):
                if line > HEADER_LINES:
                    break
                columns = column_names(cells)
                if not ((row and len(columns) < 2) or _is_no_header(columns)):
                    yield Layout(table, plain.LIST, delimiter, line, columns)


def _is_no_header(columns: Sequence[str]) -> bool:
    return any(is_number(cell) for cell in columns) or any(
        len(cell) > 4 * _PHRASE_CHARS for cell in columns
    )


def _with_row_delimiter(layout: Layout) -> Layout:
    """Return the layout with the delimiter of the rows, if the header has another one."""
    table = layout.table
    if not isinstance(table, TextTable):
        return layout
    own = _fitting_rows(layout, layout.delimiter)
    other = max(
        (mark for mark in table.delimiters if mark != layout.delimiter),
        key=lambda mark: _fitting_rows(layout, mark),
    )
    rows = sum(line > layout.header_line for line, _ in table.head(layout.delimiter))
    if own or not rows or _fitting_rows(layout, other) < 0.8 * rows:
        return layout
    return replace(layout, delimiter=other)


def _fitting_rows(layout: Layout, delimiter: str) -> int:
    """Return how many of the first rows have the header's number of cells with a delimiter."""
    width = len(layout.columns)
    rows = [cells for line, cells in layout.table.head(delimiter) if line > layout.header_line]
    return sum(len(cells) == width or len(trimmed(cells)) == width for cells in rows)


def _layout_of_trends(tables: Sequence[Table]) -> Layout | None:
    """Return the layout of the first Google Trends table of related queries, if any."""
    for table in tables:
        for delimiter in table.delimiters:
            if line := google_trends.first_section(table.head(delimiter)):
                columns = list(google_trends.COLUMNS)
                return Layout(table, google_trends.RELATED, delimiter, line, columns)
    return None


def _layout_of_list(table: Table, filename: str) -> Layout:
    """Return the layout of a plain list, or raise NoKeywordColumn with what was found."""
    shape = shape_of(table)
    if shape is None:
        delimiter = table.delimiters[-1] if isinstance(table, GridTable) else LIST
        return Layout(table, plain.LIST, delimiter, 0, ["Phrase"])
    delimiter, width, start = shape
    is_one_line = len(table.head(delimiter)) == 1 and isinstance(table, TextTable)
    if is_one_line and not filename.lower().endswith(_TABLE_NAMES):
        return Layout(table, plain.LIST, delimiter, 0, ["Phrase"], is_spread=True)
    rows = [record for record in table.head(delimiter) if record[0] >= start]
    raise _no_keyword_column(table, rows, width)


def _no_keyword_column(
    table: Table, rows: Sequence[tuple[int, list]], width: int
) -> NoKeywordColumn:
    """Return the error for a table without a keyword column: its columns and first rows."""
    line, cells = rows[0]
    has_header = not any(is_number(cell) for cell in cells) and len(rows) > 1
    columns = (
        column_names(cells)
        if has_header
        else [f"Column {n + 1}" for n in range(min(width, MAX_COLUMNS))]
    )
    seen = ", ".join(f"“{name[:40]}”" for name in columns[:20])
    return NoKeywordColumn(
        f"{table.name}: no column is recognisably the keyword. Line {line} has the columns {seen}. "
        "Choose the column that holds the keyword.",
        columns,
        [[str(cell)[:200] for cell in row] for _, row in rows[has_header : has_header + 20]],
        line if has_header else 0,
    )
