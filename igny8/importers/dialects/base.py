"""The shape that every dialect has: how its columns are called and what they mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from igny8.importers.normalise import keyword_key

_MONEY_UNIT = re.compile(r"\(([A-Z]{3})\)$")


@dataclass(frozen=True)
class Dialect:
    """What one tool calls its columns. Names are folded; a `*` stands for anything.

    `fields` maps a field of Row to the names under which the tool writes it, best first; `flags`
    maps columns of true/false to the intent they stand for, and `intent_codes` adds to the words
    and letters for intents. `needs` are the columns without which it is not this tool (one of
    each tuple), and at least `enough` of `marks` must be there too. `ignored` says why known
    columns are not used. `order` are the fields of a file whose header may be in any language, by
    position. `buckets` says that volumes may be the tool's steps rather than figures; `note` is
    said to the user on every import."""

    name: str
    label: str
    fields: Mapping[str, Sequence[str]]
    needs: Sequence[Sequence[str]] = ()
    marks: Sequence[str] = ()
    enough: int = 0
    ignored: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    intent_codes: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[str | None] = ()
    buckets: bool = False
    note: str = ""

    def recognise(self, columns: Sequence[str]) -> int:
        """Return how surely these columns are this tool's: 0 means not at all."""
        keys = [column_key(column) for column in columns]
        if not self.needs or not all(find(names, keys) is not None for names in self.needs):
            return 0
        seen = sum(find((mark,), keys) is not None for mark in self.marks)
        return 10 * (len(self.needs) + seen) if seen >= self.enough else 0

    def reason(self, key: str) -> str:
        """Return why a column is not used."""
        return next(
            (why for name, why in self.ignored.items() if fnmatchcase(key, name)), "not needed"
        )


def column_key(name: str) -> str:
    """Return the name by which a column is looked up: folded, the currency left out."""
    name = str(name).strip()
    money = _MONEY_UNIT.search(name)
    return keyword_key(name[: money.start()] if money else name)


def column_currency(name: str) -> str | None:
    """Return the currency that a column's name gives, as in "CPC (USD)", or None."""
    money = _MONEY_UNIT.search(str(name).strip())
    return money[1] if money else None


def find(names: Sequence[str], keys: Sequence[str]) -> int | None:
    """Return the position of the first name that is among the keys, or None."""
    for name in names:
        if name in keys:
            return keys.index(name)
        if "*" in name:
            for position, key in enumerate(keys):
                if fnmatchcase(key, name):
                    return position
    return None
