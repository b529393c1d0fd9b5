"""Which line is the header, which tool wrote it, and how the lines are cut into cells."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from igny8.importers.dialects import DIALECTS, plain
from igny8.importers.dialects.base import Dialect, column_key
from igny8.importers.limits import HEADER_LINES, MAX_COLUMNS, NoKeywordColumn, bad_file
from igny8.importers.numbers import is_missing, real
from igny8.importers.textfile import LIST, TextTable
from igny8.importers.xlsx import SheetTable

Table = TextTable | SheetTable

MAPPABLE = (
    "text",
    "volume",
    "volume_low",
    "volume_high",
    "difficulty",
    "cpc",
    "currency",
    "intent",
    "country",
    "language",
    "parent_topic",
    "clicks",
    "impressions",
    "position",
    "url",
)
_TABLE_NAMES = (".csv", ".tsv", ".tab", ".xlsx", ".zip", ".gz")
_NUMBERED = re.compile(r"Column (\d{1,3})")


@dataclass(frozen=True)
class Layout:
    """How a table is to be read. `header_line` is 0 where there is none; `spread` says that the
    phrases stand side by side on one line."""

    table: Table
    dialect: Dialect
    delimiter: str
    header_line: int
    columns: list[str]
    spread: bool = False


def find_layout(
    tables: Sequence[Table], filename: str, mapping: Mapping[str, str] | None = None
) -> Layout:
    """Return how the most telling of the tables is read.

    Raises NoKeywordColumn when it is a table without a known keyword column, and OutsideError
    when the mapping names columns or fields that are not there."""
    mapping = {name: column for name, column in (mapping or {}).items() if column}
    dialects = (_by_hand(mapping),) if mapping else DIALECTS
    best, best_score = None, 0
    for table in tables:
        for delimiter in table.delimiters:
            for row, (line, cells) in enumerate(table.head(delimiter)):
                if line > HEADER_LINES:
                    break
                columns = column_names(cells)
                if (row and len(columns) < 2) or any(_is_number(cell) for cell in columns):
                    continue
                for dialect in dialects:
                    score = dialect.recognise(columns)
                    if score > best_score or (
                        score == best_score
                        and best
                        and best.table is table
                        and len(columns) > len(best.columns)
                    ):
                        best = Layout(table, dialect, delimiter, line, columns)
                        best_score = score
    if best and len(best.columns) == 1 and isinstance(best.table, TextTable):
        return Layout(best.table, best.dialect, LIST, best.header_line, best.columns)
    if best:
        return best
    return _mapped_without_header(tables[0], mapping) if mapping else _unknown(tables[0], filename)


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
    """Return the dialect that a person's mapping amounts to."""
    if unknown := sorted(set(mapping) - set(MAPPABLE)):
        raise bad_file(
            f"The mapping names {', '.join(unknown)}; it may name {', '.join(MAPPABLE)}."
        )
    if "text" not in mapping:
        raise bad_file("The mapping does not say which column holds the keyword (text).")
    names = {name: (column_key(column),) for name, column in mapping.items()}
    return Dialect(name="mapped", label="Mapped by hand", fields=names, needs=tuple(names.values()))


def _unknown(table: Table, filename: str) -> Layout:
    """Return the layout of a plain list, or raise NoKeywordColumn with what was seen."""
    shape = _shape(table)
    if shape is None:
        return Layout(table, plain.LIST, LIST, 0, ["Phrase"])
    delimiter, width, start = shape
    rows = [record for record in table.head(delimiter) if record[0] >= start]
    if (
        len(table.head(delimiter)) == 1
        and isinstance(table, TextTable)
        and not filename.lower().endswith(_TABLE_NAMES)
    ):
        return Layout(table, plain.LIST, delimiter, 0, ["Phrase"], spread=True)
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
        "Say by hand which of them holds the keyword.",
        columns,
        [[str(cell)[:200] for cell in row] for _, row in rows[header : header + 20]],
        line if header else 0,
    )


def _mapped_without_header(table: Table, mapping: Mapping[str, str]) -> Layout:
    """Return the layout of a table without header, whose columns were mapped as "Column 2"."""
    shape = _shape(table)
    places = {name: _NUMBERED.fullmatch(column) for name, column in mapping.items()}
    delimiter, width, start = shape or (LIST, 1, 1)
    if all(places.values()) and all(1 <= int(at[1]) <= width for at in places.values()):
        return Layout(
            table,
            _by_hand(mapping),
            delimiter,
            start - 1,
            [f"Column {n + 1}" for n in range(width)],
        )
    first = next((cells for line, cells in table.head(delimiter) if line >= start), [])
    seen = ", ".join(f"“{name[:40]}”" for name in column_names(first)[:20])
    wanted = ", ".join(f"“{column}”" for column in mapping.values())
    raise bad_file(
        f"{table.name} has no line with the mapped columns {wanted} among its first "
        f"{HEADER_LINES}. It has {seen}. Map the columns again."
    )


def _shape(table: Table) -> tuple[str, int, int] | None:
    """Return (delimiter, width, first line) of what is evidently a table, or None for a list."""
    best = None
    for delimiter in table.delimiters:
        rows = [(line, trimmed(cells)) for line, cells in table.head(delimiter)]
        if delimiter in (",", ";") and _only_in_prose(table, delimiter):
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


def _only_in_prose(table: Table, mark: str) -> bool:
    """Tell whether a mark is always followed by a space, as in phrases rather than in tables."""
    lines = [cells[0] for _, cells in table.head(LIST)]
    return len(lines) > 1 and all(line.count(mark) == line.count(mark + " ") for line in lines)


def _is_number(cell) -> bool:
    if is_missing(cell):
        return False
    try:
        return real(cell) is not None
    except ValueError:
        return False
