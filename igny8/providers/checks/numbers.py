"""Extract the numbers of a text in one normalised notation."""

import re
from unicodedata import normalize

GROUP_MARKS = ".,'’\u00a0\u202f"  # between the thousands of a number
NUMBER = re.compile(
    rf"(?:\d{{1,3}}(?:[{GROUP_MARKS}]\d{{3}})+(?!\d)|\d+)(?:[.,]\d+)?"
    r"(?P<percent>\s?(?:%|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b|per cento\b"
    r"|procent\b))?",
    re.IGNORECASE,
)
GROUPED = re.compile(rf"\d{{1,3}}(?:[{GROUP_MARKS}]\d{{3}})+")
GROUP_MARK = re.compile(rf"[{GROUP_MARKS}]")


def stated_numbers(text: str) -> set[str]:
    """Return the numbers that a text states: 1200 for “1,200”, 12.5% for “12,5 percent”."""
    return {_spelled(found) for found in NUMBER.finditer(text)}


def known_numbers(text: str) -> set[str]:
    """Return the numbers that a text supports: both 12% and 12 for “12 percent”."""
    stated = stated_numbers(text)
    return stated | {number.rstrip("%") for number in stated}


def _spelled(found: re.Match[str]) -> str:
    percent = "%" if found["percent"] else ""
    digits = found[0][: len(found[0]) - len(found["percent"] or "")]
    grouped = GROUPED.match(digits)
    if grouped:
        digits = GROUP_MARK.sub("", grouped[0]) + digits[grouped.end() :]
    return normalize("NFKC", digits).replace(",", ".") + percent
