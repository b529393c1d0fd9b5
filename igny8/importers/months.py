"""Columns of monthly searches, such as "Apr 2026" or "Suchanfragen: Mai 2025"."""

import re
import unicodedata

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_NUMERIC = re.compile(
    r"(?<!\d)(?:(20\d\d)[-/._](\d\d?)|(\d\d?)[-/._](20\d\d))(?:[-/._]\d\d?)?(?!\d)"
)
_EAST_ASIAN = re.compile(r"(20\d\d)\s*[年년]\s*(\d\d?)\s*[月월]|(?<!\d)(\d\d?)\s*[月월]\s*(20\d\d)")
_LEAD = re.compile(r"^(?:trend|search volume|volume|searches|sv)\s+")
# beginnings of the names in en, de, fr, es, it, pt, nl, pl and ru, without accents
_STARTS = (
    ("jan", "ene", "gen", "sty", "янв"),
    ("feb", "fev", "fevr", "lut", "фев"),
    ("mar", "maer", "marz", "maa", "mrt", "мар"),
    ("apr", "avr", "abr", "kwi", "апр"),
    ("may", "mai", "mei", "mag", "maj", "май", "мая", "маи"),
    ("jun", "juin", "giu", "cze", "июн"),
    ("jul", "juil", "lug", "lip", "июл"),
    ("aug", "aou", "ago", "sie", "авг"),
    ("sep", "set", "wrz", "сен"),
    ("oct", "okt", "ott", "out", "paz", "окт"),
    ("nov", "lis", "ноя"),
    ("dec", "dez", "dic", "gru", "дек"),
)
_MONTHS = sorted(
    ((start, number) for number, starts in enumerate(_STARTS, 1) for start in starts),
    key=lambda pair: -len(pair[0]),
)


def month_of(column: str) -> str | None:
    """Return the month in a column name as "2026-04", or None."""
    text = unicodedata.normalize("NFKD", column.rpartition(":")[2] or column).casefold().strip()
    text = "".join(mark for mark in text if not unicodedata.combining(mark))
    if found := _EAST_ASIAN.search(unicodedata.normalize("NFKC", column)):
        return _month(found[1] or found[4], found[2] or found[3])
    text = _LEAD.sub("", text)
    if len(text) > 24:
        return None
    if found := _NUMERIC.fullmatch(text):
        return _month(found[1] or found[4], found[2] or found[3])
    year = _YEAR.search(text)
    words = re.findall(r"[^\W\d_]{3,}", text)
    if not year or len(words) != 1:
        return None
    number = next((month for start, month in _MONTHS if words[0].startswith(start)), None)
    return f"{year[1]}-{number:02d}" if number else None


def _month(year: str, month: str) -> str | None:
    return f"{year}-{int(month):02d}" if 1 <= int(month) <= 12 else None
