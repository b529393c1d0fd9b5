"""The definition of a dialect: the column names of one tool and their meaning."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from igny8.importers.number_words import SYMBOLS

_MONEY_UNIT = re.compile(r"\(([A-Z]{3})\)$|[,:]\s*([A-Z]{3})$")
_UNIT = re.compile(
    r"[(\[{]\s*(?:[a-z]{3}|[a-z]{2}|[^\w\s]{1,3}|[a-z]{0,2}[$€£¥₹₽]|0\s*[-–]\s*100|1\s*[-–]\s*10"
    r"|local|monthly|avg\.?|average|exact(?: match(?: only)?)?|google|kdi|(?:per )?month|/ ?mo\.?"
    r"|(?:pro )?monat|mois|mese|maand|last known values"
    r"|last \d+ (?:months|days))\s*[)\]}]"
)
_MARKS = re.compile(r"[_\-–—‑./:,;|\\\"'’`´“”„«»()\[\]{}!~?！？（）【】「」・]+")
_CURRENCY = re.compile(f"[{re.escape(''.join(SYMBOLS))}%￥＄]+")


@dataclass(frozen=True)
class Dialect:
    """The column names of one tool.

    Names are compared in the form of `column_key`; a `*` stands for anything.

    `fields` maps a field of Row to the tool's names for it, best first; the common names of
    igny8.keyword_fields are used for the other fields, unless `general` is False. `flags` maps
    true/false columns to intents, and `intent_codes` adds words and letters for intents. `needs`
    are the required columns (one of each tuple), and at least `enough` of `marks` must be present
    too. `ignored` gives the reasons why known columns are not used. `order` lists the fields by
    position for a file whose header may be in any language. `compares` means that a second column
    of a field may be of an earlier period. `has_steps` means that volumes may be rounded to the
    tool's steps; `note` is shown with every import. `tool` is the short name in the list of known
    tools.
    """

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
    compares: bool = False
    has_steps: bool = False
    general: bool = True
    note: str = ""
    tool: str = ""
    without: frozenset[str] = frozenset()

    def recognise(self, columns: Sequence[str]) -> int:
        """Return a score for how well these columns match this tool: 0 for not at all."""
        keys = [column_key(column) for column in columns]
        if not self.needs or not all(find(names, keys) is not None for names in self.needs):
            return 0
        seen = sum(find((mark,), keys) is not None for mark in self.marks)
        return 10 * (len(self.needs) + seen) if seen >= self.enough else 0

    def reason(self, key: str) -> str:
        """Return why a column is not used, or "" if the dialect does not know it."""
        return matching(self.ignored, key)


@lru_cache(4096)
def column_key(name: str) -> str:
    """Return the normalised name for looking up a column.

    Case, accents, punctuation, units and currency signs are ignored: "CPC ($)", "cpc_usd" and "CPC,
    USD" all become "cpc"; `*` is kept.
    """
    text = unicodedata.normalize("NFKD", str(name)).casefold()
    text = "".join(mark for mark in text if not unicodedata.combining(mark) and mark != "\ufeff")
    bare = " ".join(_CURRENCY.sub(" ", _MARKS.sub(" ", _UNIT.sub(" ", text))).split())
    bare = re.sub(r" (?:usd|eur|gbp|in)$", "", bare)
    return bare or " ".join(text.split())


def column_currency(name: str) -> str | None:
    """Return the currency in a column's name, as in "CPC (USD)" or "CPC ($)", or None."""
    name = str(name).strip()
    if money := _MONEY_UNIT.search(name):
        return money[1] or money[2]
    if code := re.search(r"[_\s](usd|eur|gbp)$", name, re.IGNORECASE):
        return code[1].upper()
    return next((SYMBOLS[mark] for mark in name if mark in SYMBOLS), None)


def find(names: Sequence[str], keys: Sequence[str], taken: Collection[int] = ()) -> int | None:
    """Return the position of the first name that is among the keys, or None.

    Positions in `taken` are skipped.
    """
    for name in names:
        wanted = column_key(name)
        for position, key in enumerate(keys):
            if position not in taken and (
                key == wanted or ("*" in wanted and fnmatchcase(key, wanted))
            ):
                return position
    return None


def matching(reasons: Mapping[str, str], key: str) -> str:
    """Return the value of the first name that matches a key, or "": exact names before patterns."""
    for name, reason in reasons.items():
        if column_key(name) == key:
            return reason
    return next(
        (
            why
            for name, why in reasons.items()
            if "*" in name and fnmatchcase(key, column_key(name))
        ),
        "",
    )
