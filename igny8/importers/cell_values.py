"""Parse single cells: difficulties, prices, trends, texts, countries and languages."""

import re
from collections.abc import Sequence

from igny8.importers.dialects.keyword_planner import STEPS
from igny8.importers.normalise import clean_text
from igny8.importers.numbers import amount, count, is_missing, real
from igny8.importers.sheet_cells import no_text_kind
from igny8.keyword_fields import BY_NAME

_LOCALE = re.compile(r"([A-Za-z]{2,3})[-_]([A-Za-z]{2})")


def read_difficulty(cell: object, mark: str, scale: int = 1) -> float | None:
    """Return a difficulty times `scale`; raise ValueError unless it is from 0 to 100."""
    value = real(cell, mark)
    if value is None:
        return None
    if not 0 <= value * scale <= 100:
        raise ValueError("a difficulty lies between 0 and 100")
    return round(value * scale, 2)


def are_shares(cells: Sequence, mark: str) -> bool:
    """Return whether difficulties are fractions from 0 to 1, as some workbooks store percents."""
    if any(isinstance(cell, str) and "%" in cell for cell in cells):
        return False
    values = [value for cell in cells if (value := _real_or_none(cell, mark)) is not None]
    return all(0 <= value <= 1 for value in values) and any(value % 1 for value in values)


def _real_or_none(cell: object, mark: str) -> float | None:
    try:
        return None if no_text_kind(cell) else real(cell, mark)
    except ValueError:
        return None


def read_price(cell: object, mark: str) -> float | None:
    """Return a price; raise ValueError for a negative one."""
    value = real(cell, mark)
    if value is not None and value < 0:
        raise ValueError("is negative")
    return value


def read_series(cell: object) -> str | None:
    """Return a trend as comma-separated numbers; raise ValueError for anything else."""
    if is_missing(cell):
        return None
    text = clean_text(str(cell)).strip("[]{}")
    if len(text) > BY_NAME["trend"].limit:
        raise ValueError("is too long")
    parts = [part.strip() for part in re.split(r"[;|,]\s*|\s+", text) if part.strip()]
    for part in parts:
        float(part.rpartition(":")[2].rstrip("%"))
    return ",".join(parts) or None


def read_text(cell: object, limit: int) -> str | None:
    """Return a text, None if missing; raise ValueError for a text that is too long."""
    text = clean_text(str(cell))
    if len(text) > limit:
        raise ValueError("is too long")
    return None if is_missing(text) else text


def read_country(cell: object) -> str | None:
    """Return a country as in the file, a two-letter code in upper case."""
    text = read_text(cell, BY_NAME["country"].limit)
    if text and (locale := _LOCALE.fullmatch(text)):
        text = locale[2]
    return text.upper() if text and len(text) == 2 else text


def read_language(cell: object) -> str | None:
    """Return a language as in the file, a code in lower case."""
    text = read_text(re.split(r"[,;]", str(cell))[0], BY_NAME["language"].limit)
    if text and (locale := _LOCALE.fullmatch(text)):
        text = locale[1]
    return text.lower() if text and len(text) <= 3 else text


def is_step(cell: object) -> bool:
    """Return whether a cell is one of the values to which Keyword Planner rounds volumes."""
    try:
        volume = count(cell)
    except ValueError:
        return False
    return volume in STEPS


def is_number(cell: object) -> bool:
    """Return whether a cell is a number."""
    if no_text_kind(cell):
        return False
    try:
        return amount(cell).volume is not None
    except ValueError:
        try:
            return real(cell) is not None
        except ValueError:
            return False
