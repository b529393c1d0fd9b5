"""Numbers as keyword tools write them: thousands, decimals, K and M, ranges, money, and nothing."""

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple, cast

MISSING = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "null",
        "none",
        "nan",
        "nil",
        "unknown",
        "no data",
        "not available",
        "(not set)",
        "?",
        "k.a.",
        "keine angabe",
        "n/d",
        "nd",
        "s/d",
        "нет данных",
        "н/д",
        "なし",
        "無",
        "无",
        "暂无数据",
        "없음",
    }
)
MAX_COUNT = 2**31 - 1  # what a database integer holds

_SPACES = re.compile("[\\s\u00a0\u2007\u2009\u202f'’]")
_RANGE = re.compile(
    r"(?<=[^\s<>≤≥(])(?:(?<!\.)\.{2,9}(?!\.)|…|[-–—‑−~～〜至]|to|bis|до|から|에서)(?=[^\d]{0,4}\d)"
)
_MONEY = re.compile(
    r"^(?:[A-Z]{0,3}[$€£¥₹₽₩₺₴₪฿₫₱円元]|[A-Z]{3}|kr\.?|zł|Kč|Ft)"
    r"|(?:[$€£¥₹₽₩₺₴₪฿₫₱円元]|[A-Z]{3}|kr\.?|zł|Kč|Ft|руб\.?|р\.)$"
)
# Scales by their words, in the languages of the tools.
_SCALES = {
    "k": 1_000,
    "m": 1_000_000,
    "b": 1_000_000_000,
    "tsd": 1_000,
    "mio": 1_000_000,
    "mrd": 1_000_000_000,
    "mil": 1_000,
    "mille": 1_000,
    "mila": 1_000,
    "mln": 1_000_000,
    "mill": 1_000_000,
    "mi": 1_000_000,
    "milhões": 1_000_000,
    "millones": 1_000_000,
    "millions": 1_000_000,
    "million": 1_000_000,
    "thousand": 1_000,
    "tys": 1_000,
    "dzd": 1_000,
    "duizend": 1_000,
    "mjn": 1_000_000,
    "тыс": 1_000,
    "млн": 1_000_000,
    "млрд": 1_000_000_000,
    "к": 1_000,
    "千": 1_000,
    "万": 10_000,
    "萬": 10_000,
    "億": 100_000_000,
    "亿": 100_000_000,
    "百万": 1_000_000,
    "천": 1_000,
    "만": 10_000,
    "백만": 1_000_000,
    "억": 100_000_000,
}
_SCALED = re.compile(
    r"([-+−]?[\d.,]*\d)("
    + "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
    + r")\.?$",
    re.IGNORECASE,
)
_SHAPE = re.compile(r"\d+(?:[.,]\d+)*")
_SIMPLE = re.compile(r"\d{1,12}(?:\.\d\d?)?")
_TAIL = re.compile(r"\d([.,])\d{1,2}(?!\d)(?![.,]\d)")
SYMBOLS = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₱": "PHP",
}
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


class Amount(NamedTuple):
    """A volume: exact, or a range with its geometric middle. All None when it is missing."""

    volume: int | None = None
    low: int | None = None
    high: int | None = None
    is_range: bool = False


def is_missing(cell: object) -> bool:
    """Return whether a cell says that nothing is known. A zero is not missing."""
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in MISSING)


def real(cell: object, mark: str = ".") -> float | None:
    """Return a cell as a number, or None when it is missing.

    `mark` is the decimal mark of the file. Raises ValueError for anything that is no number.
    """
    if isinstance(cell, str):
        if _SIMPLE.fullmatch(cell):
            return float(cell)
        if is_missing(cell):
            return None
        value: float | None = _scaled(_bare(cell), mark, whole=False)
    else:
        value = cast("float | None", cell)
    if value is not None and not (math.isfinite(value) and abs(value) <= MAX_COUNT):
        raise ValueError(f"{cell!r} is out of reach")
    return value if value is None else float(value)


def count(cell: object, mark: str = ".") -> int | None:
    """Return a cell as a whole number that is not negative, or None when it is missing.

    Raises ValueError for anything else.
    """
    if isinstance(cell, str):
        if cell.isdecimal() and len(cell) <= 9:
            return int(cell)
        if is_missing(cell):
            return None
        cell = _scaled(_bare(cell), mark, whole=True)
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
    text = _SPACES.sub("", _plain_digits(cell))
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
    """Return the decimal mark that a file uses, `.` or `,`, judged from its number cells.

    Where they do not tell, a file cut by semicolons has decimal commas.
    """
    votes = {".": 0, ",": 0}
    for cell in cells:
        if isinstance(cell, str):
            for mark in _TAIL.findall(cell):
                votes[mark] += 1
    if votes["."] != votes[","]:
        return max(votes, key=lambda mark: votes[mark])
    return "," if delimiter == ";" else "."


def _bare(cell: str) -> str:
    """Return the digits and marks of a cell, without spaces, money and percent signs."""
    text = _SPACES.sub("", _plain_digits(cell)).removesuffix("%").removesuffix("٪")
    return text if _SCALED.fullmatch(text) else _MONEY.sub("", text)


def _plain_digits(cell: str) -> str:
    """Return a cell with digits and marks of full width or of other scripts as ASCII."""
    if cell.isascii() or any(mark.isdigit() and not mark.isdecimal() for mark in cell):
        return cell  # ASCII, or a superscript, which is no number
    text = unicodedata.normalize("NFKC", cell)
    return "".join(
        str(unicodedata.decimal(mark)) if mark.isdecimal() and not mark.isascii() else mark
        for mark in text
    )


def _scaled(text: str, mark: str, whole: bool) -> float:
    if scaled := _SCALED.fullmatch(text):
        return _plain(scaled[1], mark, whole=False) * _SCALES[scaled[2].lower()]
    return _plain(text, mark, whole)


def _plain(text: str, mark: str, whole: bool) -> float:
    """Return the number that digits with points and commas spell; raise ValueError if none."""
    sign = -1 if text[:1] in ("-", "−") else 1
    text = text.lstrip("-−+") if sign < 0 or text[:1] == "+" else text
    if not _SHAPE.fullmatch(text):
        if re.fullmatch(r"\d+(?:\.\d+)?[eE][+-]?\d{1,2}|\.\d+", text):
            return sign * float(text)
        raise ValueError(f"{text!r} is no number")
    points, commas = text.count("."), text.count(",")
    if not points and not commas:
        return sign * int(text) if len(text) < 16 else sign * float(text)
    if points and commas:
        last = "." if text.rfind(".") > text.rfind(",") else ","
        if text.count(last) > 1:
            raise ValueError(f"{text!r} has two decimal marks")
        return sign * _with_mark(text, last)
    used = "." if points else ","
    if points + commas > 1:
        return sign * _with_mark(text, "." if used == "," else ",")
    front, back = text.split(used)
    if len(back) == 3 and len(front) <= 3 and front[0] != "0" and (whole or used != mark):
        return sign * int(front + back)
    return sign * _with_mark(text, used)


def _with_mark(text: str, mark: str) -> float:
    front, _, back = text.partition(mark)
    first, *groups = re.split("[.,]", front)
    if groups and (
        len(first) > 3 or not all(len(group) in (2, 3) for group in groups) or len(groups[-1]) != 3
    ):
        raise ValueError(f"{text!r} is not grouped by thousands")
    return float(f"{first}{''.join(groups)}.{back or 0}")
