"""Apply a person's mapping of columns to the fields of a keyword."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from igny8.errors import ExternalError
from igny8.importers.dialects.base import Dialect, column_key
from igny8.importers.layout import Layout, Table, column_names
from igny8.importers.limits import HEADER_LINES, bad_file
from igny8.importers.table_shape import shape_of
from igny8.importers.textfile import LIST

_NUMBERED = re.compile(r"Column (\d{1,3})")
NOT_USED = "-"  # in a mapping: this field is in no column


def has_columns(layout: Layout, mapping: Mapping[str, str]) -> bool:
    """Return whether the table has all columns of the mapping."""
    keys = {column_key(name) for name in layout.columns}
    return all(column_key(column) in keys for column in mapping.values())


def with_mapping(
    layout: Layout, mapping: Mapping[str, str], without: frozenset[str] = frozenset()
) -> Layout:
    """Return a layout with the chosen columns added to the recognised ones.

    The fields in `without` are not read.
    """
    keys = {column_key(name) for name in layout.columns}
    if missing := [column for column in mapping.values() if column_key(column) not in keys]:
        raise _no_such_columns(layout.table, missing, layout.columns)
    dialect = _dialect_with(layout.dialect, mapping, without)
    return replace(layout, dialect=dialect, is_spread=False, by_hand=tuple(mapping))


def _dialect_with(dialect: Dialect, mapping: Mapping[str, str], without: frozenset[str]) -> Dialect:
    """Return the dialect with these columns for these fields and no others."""
    mapped = {name: (column_key(column),) for name, column in mapping.items()}
    wanted = {key for names in mapped.values() for key in names}
    fields = {
        name: tuple(each for each in names if column_key(each) not in wanted)
        for name, names in dialect.fields.items()
        if name not in without
    }
    ignored = {k: why for k, why in dialect.ignored.items() if column_key(k) not in wanted}
    return replace(dialect, fields={**fields, **mapped}, ignored=ignored, without=without)


def dialect_by_hand(mapping: Mapping[str, str]) -> Dialect:
    """Return the dialect for a person's mapping; common names fill the other fields."""
    names = {name: (column_key(column),) for name, column in mapping.items()}
    return Dialect(
        name="mapped", label="Columns chosen by you", fields=names, needs=tuple(names.values())
    )


def mapped_without_header(table: Table, mapping: Mapping[str, str]) -> Layout:
    """Return the layout of a table without a header, mapped as "Column 2" etc."""
    if "text" not in mapping:
        raise bad_file("The mapping does not say which column holds the keyword (text).")
    shape = shape_of(table)
    places = {name: _NUMBERED.fullmatch(column) for name, column in mapping.items()}
    delimiter, width, start = shape or (LIST, 1, 1)
    if all(places.values()) and all(1 <= int(at[1]) <= width for at in places.values() if at):
        columns = [f"Column {n + 1}" for n in range(width)]
        return Layout(
            table, dialect_by_hand(mapping), delimiter, start - 1, columns, False, tuple(mapping)
        )
    first = next((cells for line, cells in table.head(delimiter) if line >= start), [])
    raise _no_such_columns(table, list(mapping.values()), column_names(first))


def _no_such_columns(table: Table, wanted: Sequence[str], seen: Sequence[str]) -> ExternalError:
    return bad_file(
        f"{table.name} has no line with the mapped columns "
        f"{', '.join(f'“{column}”' for column in wanted)} among its first {HEADER_LINES}. It has "
        f"{', '.join(f'“{name[:40]}”' for name in seen[:20])}. Map the columns again."
    )
