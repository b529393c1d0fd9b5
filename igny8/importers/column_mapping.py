"""Which column goes into which field of a row, and how its cells are read."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial

from igny8.importers.base import Row
from igny8.importers.dialects.base import column_currency, column_key, find
from igny8.importers.dialects.keyword_planner import MONTHS, STEPS, step_amount
from igny8.importers.header import Layout
from igny8.importers.normalise import clean_text
from igny8.importers.numbers import (
    Amount,
    amount,
    between,
    count,
    currency,
    decimal_mark,
    is_missing,
    real,
)

_NUMBERS = (
    "volume",
    "volume_low",
    "volume_high",
    "difficulty",
    "cpc",
    "clicks",
    "impressions",
    "position",
)
_INTENTS = ("transactional", "commercial", "informational", "navigational")  # strongest first
_LETTERS = {name[0]: name for name in _INTENTS}
_LOCALE = re.compile(r"([A-Za-z]{2,3})[-_]([A-Za-z]{2})")
_LIMITS = {"country": 40, "language": 16, "parent_topic": 200, "url": 2_000, "currency": 3}
_TRUE = ("true", "yes", "1", "x", "wahr", "vrai", "verdadero")
_ENOUGH_STEPS = 5
_REMEMBERED = 4096  # cells a column; most columns say the same few things again and again


class ColumnMapping:
    """How a layout's rows are read: `used` and `ignored` columns, and unreadable cells so far."""

    def __init__(self, layout: Layout):
        self.dialect, self.columns = layout.dialect, layout.columns
        self.delimiter = layout.delimiter
        self.keys = [column_key(name) for name in layout.columns]
        self.at = self._places()
        self.flags = {
            at: intent
            for name, intent in self.dialect.flags.items()
            if (at := find((name,), self.keys)) is not None
        }
        self.currency = (
            column_currency(layout.columns[self.at["cpc"]]) if "cpc" in self.at else None
        )
        self.unreadable: dict[str, list] = {}
        self.steps = False
        self.used = {name: self.columns[at] for name, at in self.at.items()}
        if self.flags and "intent" not in self.used:
            self.used["intent"] = ", ".join(self.columns[at] for at in self.flags)
        taken = {*self.at.values(), *self.flags}
        self.ignored = {
            name: self.dialect.reason(self.keys[at])
            for at, name in enumerate(self.columns)
            if at not in taken
        }
        self.set_mark(".")

    def set_mark(self, mark: str) -> None:
        """Read numbers with this decimal mark from now on."""
        readers: dict[str, Callable] = {
            "volume": partial(amount, mark=mark),
            "volume_low": partial(count, mark=mark),
            "volume_high": partial(count, mark=mark),
            "clicks": partial(count, mark=mark),
            "impressions": partial(count, mark=mark),
            "difficulty": partial(_difficulty, mark=mark),
            "cpc": partial(_price, mark=mark),
            "position": partial(_price, mark=mark),
            "intent": self._intent,
            "country": _country,
            "language": _language,
        }
        self._readers = [
            (
                name,
                at,
                lru_cache(_REMEMBERED)(readers.get(name) or partial(_text, limit=_LIMITS[name])),
            )
            for name, at in self.at.items()
            if name != "text"
        ]

    def survey(self, rows: Iterable[Sequence]) -> int:
        """Look at all rows once, to learn decimal mark and steps; return how many there are."""
        numbers = [at for name, at in self.at.items() if name in _NUMBERS]
        months = [at for at, key in enumerate(self.keys) if find((MONTHS,), [key]) is not None]
        volume_at = self.at.get("volume")
        sample, total, in_steps = [], 0, 0
        only_steps = self.dialect.buckets and volume_at is not None
        for cells in rows:
            total += 1
            if len(sample) < 5_000:
                sample += [cells[at] for at in numbers if at < len(cells)]
            if only_steps and volume_at < len(cells) and not is_missing(cells[volume_at]):
                in_steps += 1
                only_steps = _is_step(cells[volume_at]) and all(
                    is_missing(cells[at]) for at in months if at < len(cells)
                )
        self.steps = only_steps and in_steps >= _ENOUGH_STEPS
        self.set_mark(decimal_mark(sample, self.delimiter))
        return total

    def row(self, line: int, text: str, key: str, cells: Sequence) -> Row:
        """Return the row; cells that cannot be read become None and are counted."""
        values = {}
        width = len(cells)
        for name, at, reader in self._readers:
            cell = cells[at] if at < width else ""
            if cell == "":
                continue
            try:
                values[name] = reader(cell)
            except ValueError:
                self._note(self.columns[at], line, cell)
        self._settle_volume(line, values)
        if "cpc" in values and values["cpc"] is not None and not values.get("currency"):
            values["currency"] = self.currency or currency(cells[self.at["cpc"]])
        if self.flags and not values.get("intent"):
            said = {
                intent
                for at, intent in self.flags.items()
                if at < width and str(cells[at]).strip().lower() in _TRUE
            }
            values["intent"] = next((intent for intent in _INTENTS if intent in said), None)
        return Row(line, text, key, **values)

    def warnings(self) -> list[str]:
        """Return what a person should know about the cells read so far."""
        return [
            f"{often:,} cell{'s' * (often > 1)} in “{column}” could not be read and count as "
            f"unknown (first: line {line}, “{cell}”)."
            for column, (often, line, cell) in self.unreadable.items()
        ]

    def _places(self) -> dict[str, int]:
        places = {}
        for name, names in self.dialect.fields.items():
            at = find(names, self.keys)
            if (
                at is None
                and name in self.dialect.order
                and len(self.keys) == len(self.dialect.order)
            ):
                at = self.dialect.order.index(name)
            if at is not None:
                places[name] = at
        return places

    def _settle_volume(self, line: int, values: dict) -> None:
        """Make one volume of what the columns for the volume and its range gave."""
        whole = values.pop("volume", None) or Amount()
        low, high = values.pop("volume_low", None), values.pop("volume_high", None)
        if self.steps and whole.volume is not None:
            whole = step_amount(whole.volume)
        elif whole.volume is None and (low is not None or high is not None):
            try:
                whole = between(low, high)
            except ValueError:
                self._note(self.used["volume_low"], line, f"{low}–{high}")
        values["volume"], values["volume_low"], values["volume_high"], ranged = whole
        values["volume_is_range"] = ranged

    def _note(self, column: str, line: int, cell) -> None:
        self.unreadable.setdefault(column, [0, line, str(cell)[:40]])[0] += 1

    def _intent(self, cell) -> str | None:
        return _strongest(str(cell), self.dialect.intent_codes)


def _strongest(cell: str, codes: Mapping[str, str]) -> str | None:
    """Return the intent in a cell; of several, the one nearest to buying. None if none is known."""
    words = {word.strip().lower() for word in re.split(r"[,;/|&+\n]", cell)}
    known = {codes.get(word) or _LETTERS.get(word, word) for word in words}
    return next((intent for intent in _INTENTS if intent in known), None)


def _difficulty(cell, mark: str) -> float | None:
    value = real(cell, mark)
    if value is not None and not 0 <= value <= 100:
        raise ValueError("a difficulty lies between 0 and 100")
    return value


def _price(cell, mark: str) -> float | None:
    value = real(cell, mark)
    if value is not None and value < 0:
        raise ValueError("is negative")
    return value


def _text(cell, limit: int) -> str | None:
    text = clean_text(str(cell))
    if len(text) > limit:
        raise ValueError("is too long")
    return None if is_missing(text) else text


def _country(cell) -> str | None:
    text = _text(cell, _LIMITS["country"])
    if text and (locale := _LOCALE.fullmatch(text)):
        text = locale[2]
    return text.upper() if text and len(text) == 2 else text


def _language(cell) -> str | None:
    text = _text(re.split(r"[,;]", str(cell))[0], _LIMITS["language"])
    if text and (locale := _LOCALE.fullmatch(text)):
        text = locale[1]
    return text.lower() if text and len(text) <= 3 else text


def _is_step(cell) -> bool:
    try:
        volume = count(cell)
    except ValueError:
        return False
    return volume in STEPS
