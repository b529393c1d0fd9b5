"""Single lines of a text file: their errors, and lines that are quoted as a whole."""

import csv
import re
from collections.abc import Iterable
from typing import Any

from igny8.importers.byte_positions import foreign_byte
from igny8.importers.limits import MAX_CELL_CHARS

DELIMITERS = (",", ";", "\t", "|")
_UNSHOWN = re.compile("[\0\ud800-\udfff]")


def is_folded(lines: list[tuple[int, str]]) -> bool:
    """Return whether every line, header included, is one quoted cell with delimiters inside."""
    if len(lines) < 2:
        return False
    delimiter = max(DELIMITERS, key=lines[0][1].count)
    return all(_is_one_quoted_cell(line.strip(), delimiter) for _, line in lines)


def _is_one_quoted_cell(text: str, delimiter: str) -> bool:
    return is_quoted(text) and delimiter in text and len(cells_of_line(text, delimiter)) == 1


def is_quoted(text: str) -> bool:
    """Return whether a text begins and ends with its own quote."""
    return len(text) > 1 and text[0] == text[-1] == '"'


def unfolded(line: str) -> str:
    """Return a line without its enclosing quotes, with its line end."""
    text = line.rstrip("\r\n")
    stripped = text.strip()
    inner = stripped[1:-1].replace('""', '"') if is_quoted(stripped) else text
    return inner + line[len(text) :]


def flaw_of(line: str) -> str:
    """Return why a line is rejected, with the remedy, or ''."""
    if "\0" in line:
        return (
            f"holds a NUL character at position {line.index(chr(0)) + 1}; the file was damaged "
            "there: delete that character or type the line again"
        )
    if foreign := foreign_byte(line):
        return (
            f"has the byte 0x{foreign[0]:02X} at position {foreign[1]}, which is not UTF-8 as the "
            "rest is; type the line again and save the file as UTF-8"
        )
    return ""


def shown(text: str) -> str:
    """Return a short text that can be displayed and stored, with a sign for invalid characters."""
    return _UNSHOWN.sub("\ufffd", text.strip()[:MAX_CELL_CHARS])


def cells_of_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of a single line; unclosed quotes are kept."""
    try:
        return next(csv_reader([line], delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def csv_reader(lines: Iterable[str], delimiter: str) -> Any:
    """Return the csv.reader of the records in these lines."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t")
