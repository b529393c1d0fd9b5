"""Read a list of addresses from a user: one per line, or a CSV with a column of them."""

import csv
import io

from igny8.errors import ExternalError
from igny8.inventory.addresses import normalize
from igny8.inventory.listed_page import ListedPage

MAX_ROWS = 50_000
ADDRESS_COLUMNS = (
    "url",
    "address",
    "page",
    "loc",
    "link",
    "permalink",
    "landing page",
    "top pages",
)
TITLE_COLUMNS = ("title", "title 1", "page title", "name")
MAX_TITLE_CHARS = 300


def read_address_list(text: str, base: str) -> list[ListedPage]:
    """Return the pages of a list; paths are resolved relative to `base`.

    Raises ExternalError if no line contains an address.
    """
    lines = text.lstrip("\ufeff").splitlines()
    mark = next((m for m in ("\t", ";", ",") if any(m in line for line in lines[:5])), ",")
    csv.field_size_limit(100_000)
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines[: MAX_ROWS + 1])), delimiter=mark))
    except csv.Error as error:
        raise ExternalError(f"The list cannot be read: {error}.", permanent=True) from error
    heads = [cell.strip().casefold() for cell in rows[0]] if rows else []
    place = next((heads.index(name) for name in ADDRESS_COLUMNS if name in heads), None)
    title = next((heads.index(name) for name in TITLE_COLUMNS if name in heads), None)
    found: dict[str, ListedPage] = {}
    for row in rows if place is None else rows[1:]:
        address = _address(row, place, base)
        if address is not None:
            name = row[title].strip() if title is not None and title < len(row) else ""
            found.setdefault(address, ListedPage(address, name[:MAX_TITLE_CHARS]))
    if not found:
        raise ExternalError(
            "There is no address in this list. Write one per line, such as "
            "https://www.example.com/raised-beds, or a CSV with the column URL.",
            permanent=True,
        )
    return list(found.values())


def _address(row: list[str], place: int | None, base: str) -> str | None:
    cells = row if place is None else row[place : place + 1]
    for cell in map(str.strip, cells):
        is_address = cell.lower().startswith(("https://", "http://", "/"))
        if is_address and not any(c.isspace() for c in cell):
            return normalize(cell, base)
    return None
