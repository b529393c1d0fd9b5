"""Parse numbers as keyword tools write them: thousands, decimals, K and M, ranges, money."""

import math
import re
from collections.abc import Iterable
from typing import NamedTuple, cast

from igny8.importers.digits import bare, plain_digits, scaled
from igny8.importers.number_words import MISSING, SPACES, SYMBOLS

MAX_COUNT = 2**31 - 1  # what a database integer holds

_RANGE = re.compile(
    r"(?<=[^\s<>≤≥(])(?:(?<!\.)\.{2,9}(?!\.)|…|[-–—‑−~～〜至]|to|bis|до|から|에서)(?=[^\d]{0,4}\d)"
)
_SIMPLE = re.compile(r"\d{1,12}(?:\.\d\d?)?")
_TAIL = re.compile(r"\d([.,])\d{1,2}(?!\d)(?![.,]\d)")
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


class Amount(NamedTuple):
    """A volume: exact, or a range with its geometric mean. All None if it is missing."""

    volume: int | None = None
    low: int | None = None
    high: int | None = None
    is_range: bool = False


def is_missing(cell: object) -> bool:
    """Return whether a cell has no value, such as "n/a". Zero is a value."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in MISSING)


def real(cell: object, mark: str = ".") -> float | None:
    """Return a cell as a number, or None if it is missing.

    `mark` is the decimal mark of the file. Raises ValueError for anything that is not a number.
    """
    if isinstance(cell, str):
        if _SIMPLE.fullmatch(cell):
            return float(cell)
        if is_missing(cell):
            return None
        value: float | None = scaled(bare(cell), mark, whole=False)
    else:
        value = cast("float | None", cell)
    if value is not None and not (math.isfinite(value) and abs(value) <= MAX_COUNT):
        raise ValueError(f"{cell!r} is out of reach")
    return value if value is None else float(value)


def count(cell: object, mark: str = ".") -> int | None:
    """Return a cell as a non-negative integer, or None if it is missing.

    Raises ValueError for anything else.
    """
    if isinstance(cell, str):
        if cell.isdecimal() and len(cell) <= 9:
            return int(cell)
        if is_missing(cell):
            return None
        cell = scaled(bare(cell), mark, whole=True)
    value = cast("float | None", cell)
    if value is None:
        return None
    if not (math.isfinite(value) and 0 <= value <= MAX_COUNT):
        raise ValueError(f"{cell!r} is no count")
    return round(value)


def amount(cell: object, mark: str = ".") -> Amount:
    """Return a volume, which may be a range: `10 – 100`, `1K..10K`, `<10`, `100K+`.

    Raises ValueError for anything else.
    """
    if not isinstance(cell, str) or cell.isdecimal():
        return Amount(count(cell, mark))
    if is_missing(cell):
        return Amount()
    text = SPACES.sub("", plain_digits(cell))
    ends = _RANGE.split(text, maxsplit=1)
    if len(ends) == 2:
        return between(count(ends[0], mark), count(ends[1], mark))
    if text[:1] in ("<", "≤"):
        return between(0, count(text[1:].lstrip("="), mark))
    if text[:1] in (">", "≥") or (text.endswith("+") and len(text) > 1):
        low = count(text.strip(">≥=+"), mark)
        return Amount(low, low, None, low is not None)
    return Amount(count(text, mark))


def between(low: int | None, high: int | None) -> Amount:
    """Return a range with its geometric mean; a low end of 0 counts as 1.

    A range of one value is exact. Raises ValueError when the ends are the wrong way round.
    """
    if low is None or high is None:
        known = low if high is None else high
        return Amount(known, low, high, known is not None)
    if low > high:
        raise ValueError(f"{low}–{high} runs backwards")
    if low == high:
        return Amount(low)
    return Amount(round(math.sqrt(max(low, 1) * high)), low, high, True)


def currency(cell: object) -> str | None:
    """Return the ISO code of the money in a cell, from its sign or its code; None if unsaid."""
    if not isinstance(cell, str) or not cell or (cell[-1].isdecimal() and cell[0].isdecimal()):
        return None
    if code := _CODE.search(cell):
        return code[0]
    return next((SYMBOLS[mark] for mark in cell if mark in SYMBOLS), None)


def decimal_mark(cells: Iterable, delimiter: str = ",") -> str:
    """Return the decimal mark of a file, `.` or `,`, judged from its number cells.

    If they are inconclusive, it is a comma in a file separated by semicolons.
    """
    votes = {".": 0, ",": 0}
    for cell in cells:
        if isinstance(cell, str):
            for mark in _TAIL.findall(cell):
                votes[mark] += 1
    if votes["."] != votes[","]:
        return max(votes, key=lambda mark: votes[mark])
    return "," if delimiter == ";" else "."
