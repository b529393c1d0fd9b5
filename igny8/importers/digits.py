"""Parse digits with points and commas as a number, detecting thousands and decimal marks."""

import re
import unicodedata

from igny8.importers.number_words import MONEY, SCALED, SCALES, SPACES

_SHAPE = re.compile(r"\d+(?:[.,]\d+)*")


def bare(cell: str) -> str:
    """Return a cell without spaces, currency and percent signs: "1,200" for "$ 1,200"."""
    text = SPACES.sub("", plain_digits(cell)).removesuffix("%").removesuffix("٪")
    return text if SCALED.fullmatch(text) else MONEY.sub("", text)


def plain_digits(cell: str) -> str:
    """Return a cell with full-width and non-Latin digits and marks as ASCII."""
    if cell.isascii() or any(mark.isdigit() and not mark.isdecimal() for mark in cell):
        return cell  # ASCII, or a superscript, which is no number
    text = unicodedata.normalize("NFKC", cell)
    return "".join(
        str(unicodedata.decimal(mark)) if mark.isdecimal() and not mark.isascii() else mark
        for mark in text
    )


def scaled(text: str, mark: str, whole: bool) -> float:
    """Return the number of a text such as 1,200 or 1.2K; raise ValueError if it is not one.

    `mark` is the decimal mark of the file; `whole` means that integers are expected.
    """
    if scaled := SCALED.fullmatch(text):
        return _plain(scaled[1], mark, whole=False) * SCALES[scaled[2].lower()]
    return _plain(text, mark, whole)


def _plain(text: str, mark: str, whole: bool) -> float:
    """Return the number of digits with points and commas; raise ValueError if it is not one."""
    sign = -1 if text[:1] in ("-", "−") else 1
    text = text.lstrip("-−+") if sign < 0 or text[:1] == "+" else text
    if not _SHAPE.fullmatch(text):
        if re.fullmatch(r"\d+(?:\.\d+)?[eE][+-]?\d{1,2}|\.\d+", text):
            return sign * float(text)
        raise ValueError(f"{text!r} is no number")
    if text.isdecimal():
        return sign * int(text) if len(text) < 16 else sign * float(text)
    if "." in text and "," in text:
        return sign * _with_both_marks(text)
    used = "." if "." in text else ","
    if text.count(used) > 1:
        return sign * _with_mark(text, "." if used == "," else ",")
    front, back = text.split(used)
    if len(back) == 3 and len(front) <= 3 and front[0] != "0" and (whole or used != mark):
        return sign * int(front + back)
    return sign * _with_mark(text, used)


def _with_both_marks(text: str) -> float:
    """Return the number of a text with points and commas; the last one is the decimal mark."""
    last = "." if text.rfind(".") > text.rfind(",") else ","
    if text.count(last) > 1:
        raise ValueError(f"{text!r} has two decimal marks")
    return _with_mark(text, last)


def _with_mark(text: str, mark: str) -> float:
    """Return the number of a text with this decimal mark; the other mark groups thousands."""
    front, _, back = text.partition(mark)
    first, *groups = re.split("[.,]", front)
    if groups and not _is_grouped(first, groups):
        raise ValueError(f"{text!r} is not grouped by thousands")
    return float(f"{first}{''.join(groups)}.{back or 0}")


def _is_grouped(first: str, groups: list[str]) -> bool:
    """Return whether digits are grouped by thousands, or as in India: 12,34,567."""
    return len(first) <= 3 and len(groups[-1]) == 3 and all(len(g) in (2, 3) for g in groups)
