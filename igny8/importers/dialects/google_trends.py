"""Google Trends related queries: two sections without a header, a query and a number per line."""

import re
from collections.abc import Sequence

from igny8.importers.dialects.base import Dialect

COLUMNS = ("Query", "Interest")
RELATED = Dialect(
    name="google_trends",
    label="Google Trends related queries",
    tool="Google Trends",
    fields={"text": ("query",)},
    ignored={"interest": "relative interest or growth, not a number of searches"},
    general=False,
    note="Google Trends gives no search volume: its figures compare the queries of one export.",
)
_SECTIONS = ("TOP", "RISING")
_INTEREST = re.compile(r"<?\d{1,3}|\+?\d[\d,.]*\s?%|Breakout", re.IGNORECASE)


def first_section(records: Sequence[tuple[int, list]]) -> int:
    """Return the line of the first section title, or 0 if these are not related queries.

    Each record below it is a query with its number, or the title of the other section.
    """
    titles = [line for line, cells in records if _filled(cells) in ([name] for name in _SECTIONS)]
    if not titles:
        return 0
    below = [_filled(cells) for line, cells in records if line > titles[0]]
    queries = [cells for cells in below if len(cells) == 2 and _INTEREST.fullmatch(cells[1])]
    return titles[0] if queries and len(queries) + len(titles) - 1 == len(below) else 0


def _filled(cells: Sequence[object]) -> list[str]:
    return [text for cell in cells if (text := str(cell).strip())]
