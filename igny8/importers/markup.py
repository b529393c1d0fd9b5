"""Tables in HTML pages and Markdown texts."""

import re

from igny8.importers.grid import GridTable, Rows
from igny8.importers.html_parser import TableParser
from igny8.importers.limits import MAX_ROWS, BadRow, bad_file
from igny8.importers.sheet_cells import checked_cells
from igny8.importers.sources import Source
from igny8.importers.text_lines import flaw_of, shown
from igny8.importers.textfile import TextTable

_RULE_CELL = re.compile(r":?-{2,}:?")
_CELL_END = re.compile(r"(?<!\\)\|")
_EMPHASIS = re.compile(r"^(\*\*|__|`|\*)(.+)\1$")


def html_tables(source: Source, encoding: str = "") -> list[GridTable]:
    """Return the tables of an HTML page with more than one row, in order.

    Cells that span columns leave the other columns blank; the text of a nested table belongs to its
    outer cell.
    """
    text = TextTable(source, encoding or _declared(source))
    parser = TableParser()
    for _, line in text.lines():
        parser.feed(line)
        if sum(map(len, parser.tables)) > MAX_ROWS:
            raise bad_file(f"{source.name} has more than {MAX_ROWS:,} rows. Split the export.")
    parser.close()
    found = []
    for number, rows in enumerate(parser.tables, start=1):
        if len(rows) > 1:
            enumerated = list(enumerate(rows, start=1))
            grid = GridTable(source.name, "", f"HTML, {text.encoding}", _iterate(enumerated))
            grid.member = f"table {number}" if len(parser.tables) > 1 else ""
            found.append(grid)
    return found


def markdown_tables(table: TextTable) -> list[GridTable]:
    """Return the tables in a Markdown text."""
    found: list[list[tuple[int, list]]] = []
    before: tuple[int, str] | None = None
    is_inside = False
    for number, line in table.lines():
        if is_inside and "|" in line:
            found[-1].append((number, _markdown_cells(line)))
        elif before and "|" in line and "|" in before[1] and is_rule(line):
            found.append([(before[0], _markdown_cells(before[1]))])
            is_inside = True
        else:
            is_inside = False
        before = (number, line)
    return [
        GridTable(
            table.name, f"table {number}" if len(found) > 1 else "", "Markdown", _iterate(rows)
        )
        for number, rows in enumerate(found, start=1)
        if len(rows) > 1
    ]


def is_rule(line: str) -> bool:
    """Return whether a line is the rule below the header of a Markdown table."""
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    return "|" in line and all(_RULE_CELL.fullmatch(cell.strip()) for cell in cells)


def _markdown_cells(line: str) -> list[str]:
    text = line.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(text)]
    return [_EMPHASIS.sub(r"\2", cell) for cell in cells]


def _declared(source: Source) -> str:
    """Return the encoding that a page declares, if it is known."""
    with source.open() as stream:
        head = stream.read(2048)
    found = re.search(rb"charset=[\"']?([\w-]{3,20})", head)
    if not found or head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:100]:
        return ""
    try:
        head.decode(found[1].decode(), "ignore")
    except LookupError:
        return ""
    return found[1].decode()


def _iterate(rows: list[tuple[int, list]]) -> Rows:
    return lambda: ((number, _checked(cells)) for number, cells in rows)


def _checked(cells: list[str]) -> list:
    """Return the cells of a row, or a BadRow with the reason why it is rejected."""
    flaw = next(filter(None, map(flaw_of, cells)), "")
    return BadRow(map(shown, cells), flaw) if flaw else checked_cells(cells)
