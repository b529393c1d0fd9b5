"""The columns of each field of a row, and how their cells are parsed."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial

from igny8.importers.base import Row
from igny8.importers.cell_values import (
    are_shares,
    is_number,
    is_step,
    read_country,
    read_difficulty,
    read_language,
    read_price,
    read_series,
    read_text,
)
from igny8.importers.dialects.base import column_currency, column_key, find, matching
from igny8.importers.dialects.keyword_planner import step_amount
from igny8.importers.field_positions import field_positions
from igny8.importers.intent_words import INTENTS, strongest_intent
from igny8.importers.layout import Layout
from igny8.importers.months import month_of
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
from igny8.importers.sheet_cells import no_text_kind
from igny8.keyword_fields import BY_NAME, GENERAL_IGNORED, NUMBER_FIELDS, PREVIOUS

_TRUE = ("true", "yes", "1", "x", "wahr", "vrai", "verdadero")
_ENOUGH_STEPS = 5
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_CACHED_CELLS = 4096  # per column; most columns repeat few values
_SAMPLED_CELLS = 5_000
_NUMERIC_SHARE = 0.8  # of a column's filled cells that are numbers
_SUGGESTED = ("volume", "difficulty", "cpc", "impressions", "clicks", "position")


class ColumnMapping:
    """Parser of a layout's rows: `used` and `ignored` columns, unreadable cells so far."""

    def __init__(self, layout: Layout) -> None:
        self.dialect, self.columns = layout.dialect, layout.columns
        self.delimiter = layout.delimiter
        self.keys = [column_key(name) for name in layout.columns]
        self.at = field_positions(self.dialect, self.keys)
        self.flags = {
            at: intent
            for name, intent in self.dialect.flags.items()
            if (at := find((name,), self.keys)) is not None
        }
        self.months = self._month_columns()
        self.currency = column_currency(self.columns[self.at["cpc"]]) if "cpc" in self.at else None
        self.unreadable: dict[str, list] = {}
        self.has_steps = self.has_shares = False
        self.notes: list[str] = []
        self.used = self._used()
        taken = {*self.at.values(), *self.flags, *self.months}
        self._free = [at for at in range(len(self.columns)) if at not in taken]
        self._numeric = dict.fromkeys(self._free, 0)
        self._filled = dict.fromkeys(self._free, 0)
        self.ignored = {self.columns[at]: self._reason(at) or "not known" for at in self._free}
        self.decimal_mark = "."
        self.set_mark(".")

    def _used(self) -> dict[str, str]:
        """Return the columns of each field, for display."""
        used = {name: self.columns[at] for name, at in self.at.items()}
        if self.flags and "intent" not in used:
            used["intent"] = ", ".join(self.columns[at] for at in self.flags)
        if self.months and "trend" not in used:
            first = ", ".join(self.columns[at] for at in list(self.months)[:3])
            used["trend"] = first + (" …" if len(self.months) > 3 else "")
        return used

    def set_mark(self, mark: str) -> None:
        """Use this decimal mark for numbers from now on."""
        self.decimal_mark = mark
        self._readers = [
            (name, at, lru_cache(_CACHED_CELLS, typed=True)(self._reader(name)))
            for name, at in self.at.items()
            if name != "text"
        ]

    def _reader(self, name: str) -> Callable:
        """Return the function that parses the cells of a field."""
        mark, field = self.decimal_mark, BY_NAME[name]
        by_name: dict[str, Callable] = {
            "volume": partial(amount, mark=mark),
            "intent": self._intent,
            "country": read_country,
            "language": read_language,
            "trend": read_series,
        }
        by_kind: dict[str, Callable] = {
            "count": partial(count, mark=mark),
            "score": partial(read_difficulty, mark=mark, scale=100 if self.has_shares else 1),
            "price": partial(read_price, mark=mark),
            "rank": partial(read_price, mark=mark),
        }
        return by_name.get(name) or by_kind.get(field.kind) or partial(read_text, limit=field.limit)

    def survey(self, rows: Iterable[Sequence]) -> int:
        """Read all rows once to detect decimal mark and rounding; return their number."""
        numbers = [at for name, at in self.at.items() if name in NUMBER_FIELDS]
        volume_at, difficulty_at = self.at.get("volume"), self.at.get("difficulty")
        sample: list = []
        difficulties: list = []
        total = in_steps = 0
        only_steps = self.dialect.has_steps and volume_at is not None
        for cells in rows:
            total += 1
            if len(sample) < _SAMPLED_CELLS:
                sample += [cells[at] for at in numbers if at < len(cells)]
                if difficulty_at is not None and difficulty_at < len(cells):
                    difficulties.append(cells[difficulty_at])
                self._count_free(cells)
            volume = "" if volume_at is None or volume_at >= len(cells) else cells[volume_at]
            if only_steps and not is_missing(volume):
                in_steps += 1
                only_steps = is_step(volume) and all(
                    is_missing(cells[at]) for at in self.months if at < len(cells)
                )
        self.has_steps = only_steps and in_steps >= _ENOUGH_STEPS
        mark = decimal_mark(sample, self.delimiter)
        self.has_shares = are_shares(difficulties, mark)
        self.set_mark(mark)
        self.notes = self._ambiguous_note(sample)
        if self.has_shares:
            self.notes.append(
                f"“{self.used['difficulty']}” holds shares from 0 to 1; 0.35 was read as 35."
            )
        return total

    def _ambiguous_note(self, cells: Iterable) -> list[str]:
        """Return how “1.900” was parsed if a file has such a cell: 1,900 or 1.9."""
        cell = next((c for c in cells if isinstance(c, str) and _AMBIGUOUS.fullmatch(c)), None)
        if cell is None:
            return []
        return [
            f"“{cell}” was read as {count(cell, self.decimal_mark):,} where whole numbers stand, "
            f"and decimals were read with “{self.decimal_mark}”."
        ]

    def unused_numbers(self) -> list[dict[str, str]]:
        """Return {"column", "field"} per unused, unknown column of numbers."""
        free_fields = [name for name in _SUGGESTED if name not in self.at]
        found = []
        for at in self._free:
            filled = self._filled[at]
            if filled and self._numeric[at] >= _NUMERIC_SHARE * filled and not self._reason(at):
                suggested = free_fields.pop(0) if free_fields else ""
                found.append({"column": self.columns[at], "field": suggested})
        return found

    def row(self, line: int, text: str, key: str, cells: Sequence, **more: str | None) -> Row:
        """Return the row; unreadable cells become None and are counted."""
        values: dict = {}
        width = len(cells)
        for name, at, reader in self._readers:
            cell = cells[at] if at < width else ""
            if cell == "":
                continue
            try:
                if cell.__class__ is not str and no_text_kind(cell):
                    raise ValueError(f"is {no_text_kind(cell)}")
                values[name] = reader(cell)
            except ValueError:
                self._note(self.columns[at], line, cell)
        self._set_volume(line, values)
        if values.get("cpc") is not None and not values.get("currency"):
            values["currency"] = self.currency or currency(cells[self.at["cpc"]])
        if self.flags and not values.get("intent"):
            values["intent"] = self._flagged_intent(cells)
        if self.months and not values.get("trend"):
            values["trend"] = self._trend(cells)
        values.update({name: value for name, value in more.items() if value})
        return Row(line, text, key, **values)

    def _flagged_intent(self, cells: Sequence) -> str | None:
        """Return the strongest of the intents whose true/false column is true."""
        marked = {
            intent
            for at, intent in self.flags.items()
            if at < len(cells) and str(cells[at]).strip().lower() in _TRUE
        }
        return next((intent for intent in INTENTS if intent in marked), None)

    def warnings(self) -> list[str]:
        """Return a warning per column with unreadable cells so far."""
        return [
            f"{often:,} cell{'s' * (often > 1)} in “{column}” could not be read and count as "
            f"unknown (first: line {line}, “{cell}”)."
            for column, (often, line, cell) in self.unreadable.items()
        ]

    def _month_columns(self) -> dict[int, str]:
        used = {*self.at.values()}
        months = {
            at: month
            for at, name in enumerate(self.columns)
            if at not in used and "trend" not in self.dialect.without and (month := month_of(name))
        }
        return dict(sorted(months.items(), key=lambda pair: pair[1]))

    def _reason(self, at: int) -> str:
        key = self.keys[at]
        return (
            self.dialect.reason(key)
            or matching(GENERAL_IGNORED, key)
            or ("the past" if self._is_past(key) else "")
        )

    def _is_past(self, key: str) -> bool:
        """Return whether an unused column contains values of an earlier period."""
        is_second = self.dialect.compares and find(BY_NAME["position"].names, [key]) is not None
        return is_second or find(PREVIOUS, [key]) is not None

    def _count_free(self, cells: Sequence) -> None:
        for at in self._free:
            if at < len(cells) and not is_missing(cells[at]):
                self._filled[at] += 1
                self._numeric[at] += is_number(cells[at])

    def _trend(self, cells: Sequence) -> str | None:
        figures = []
        for at, month in self.months.items():
            cell = cells[at] if at < len(cells) else ""
            try:
                value = real(cell, self.decimal_mark)
            except ValueError:
                self._note(self.columns[at], 0, cell)
                continue
            if value is not None:
                figures.append(f"{month}:{value:g}" if value < 1e6 else f"{month}:{value:.0f}")
        return ",".join(figures) or None

    def _set_volume(self, line: int, values: dict) -> None:
        """Combine the columns of the volume and its range into one volume."""
        whole = values.pop("volume", None) or Amount()
        low, high = values.pop("volume_low", None), values.pop("volume_high", None)
        if self.has_steps and whole.volume is not None:
            whole = step_amount(whole.volume)
        elif whole.volume is None and (low is not None or high is not None):
            try:
                whole = between(low, high)
            except ValueError:
                self._note(self.used.get("volume_low", "volume"), line, f"{low}–{high}")
        values["volume"], values["volume_low"], values["volume_high"], ranged = whole
        values["volume_is_range"] = ranged

    def _note(self, column: str, line: int, cell: object) -> None:
        self.unreadable.setdefault(column, [0, line, str(cell)[:40]])[0] += 1

    def _intent(self, cell: object) -> str | None:
        return strongest_intent(str(cell), self.dialect.intent_codes)
