"""Merge imported rows into the keywords of a site: as new ones, updates or variants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy import Row as StoredRow

from igny8 import clock
from igny8.importers import Row, keyword_key, variant_key
from igny8.keyword_fields import STORED
from igny8.models import Keyword, KeywordChange, KeywordVariant
from igny8.models.base import insert_if_absent
from igny8.models.keyword_import import count_variants

keyword, variant, change = Keyword.__table__, KeywordVariant.__table__, KeywordChange.__table__
LOOKUP = 500  # keys per SELECT
_RANGE = ("volume", "volume_low", "volume_high")
_FLAGGED = (*STORED, "flags")
_CHANGEABLE = ("phrase", "phrase_key", *_FLAGGED)
_UPDATE = (
    update(keyword)
    .where(keyword.c.id == bindparam("of_keyword"))
    .values({name: bindparam(f"to_{name}") for name in _CHANGEABLE})
)


@dataclass(slots=True)
class MergeCounts:
    """Results of the rows of a batch, and which fields were updated."""

    new: int = 0
    known: int = 0
    updated: int = 0
    variants: int = 0
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Head:
    """A keyword that variants may join: stored (`stored`) or in this batch (`row`)."""

    key: str
    demand: int
    stored: StoredRow | None = None
    row: Row | None = None


class KeywordMerge:
    """Merges batches of one import into a site; `source` is the tool that wrote the file."""

    def __init__(self, site_id: int, language: str, import_id: int | None, source: str) -> None:
        self._site_id, self._language = site_id, language
        self._import_id, self._source = import_id, source

    def apply(self, tx: Connection, rows: Sequence[Row]) -> MergeCounts:
        """Write a batch of rows; return the counts of its results."""
        counts = MergeCounts()
        keys = {row.key: variant_key(row.text, self._language) for row in rows}
        stored, heads, known_variants = self._look_up(tx, keys)
        fresh: dict[str, Row] = {}
        joined: list[tuple[str, str, str, int | None]] = []  # key of the head, text, key, volume
        moved: dict[str, str] = {}  # key of a former head -> key of the spelling that replaced it
        changes: list[dict] = []
        for row in rows:
            head = heads.get(keys[row.key])
            if row.key in stored:
                changes += self._update(stored[row.key], row, counts)
            elif row.key in known_variants:
                counts.known += 1
            elif head is None:
                fresh[row.key] = row
                heads[keys[row.key]] = _Head(row.key, _demand(row), row=row)
            else:
                counts.variants += 1
                joined.append(self._join(head, row, fresh, heads, keys[row.key], moved, changes))
            for text, volume in listed_variants(row.variants):
                head = heads.get(keys[row.key])
                joined.append((head.key if head else row.key, text, keyword_key(text), volume))
        joined = [(_final(head, moved), text, key, n) for head, text, key, n in joined]
        self._write(tx, fresh, keys, changes, joined, counts)
        return counts

    def _join(
        self,
        head: _Head,
        row: Row,
        fresh: dict[str, Row],
        heads: dict[str, _Head],
        key: str,
        moved: dict[str, str],
        changes: list[dict],
    ) -> tuple[str, str, str, int | None]:
        """Make a row a variant, or the main keyword if its volume is higher.

        A keyword that a run is using keeps its spelling.
        """
        stored = head.stored
        is_fixed = stored is not None and (stored.cluster_id is not None or stored.status != "new")
        if _demand(row) <= head.demand or is_fixed:
            return head.key, row.text, row.key, row.volume
        moved[head.key] = row.key
        heads[key] = _Head(row.key, _demand(row), stored, row)
        if stored is None:
            before = fresh.pop(head.key)
            fresh[row.key] = row
            return row.key, before.text, before.key, before.volume
        names = {"phrase": row.text, "phrase_key": row.key} | _known_values(row)
        changes[:] = [each for each in changes if each["keyword"].id != stored.id]
        changes.append(_change(stored, names))
        before_text = head.row.text if head.row else stored.phrase
        before_volume = head.row.volume if head.row else stored.volume
        return row.key, before_text, head.key, before_volume

    def _look_up(self, tx: Connection, keys: dict[str, str]) -> tuple[dict, dict, set]:
        stored: dict[str, Any] = {}
        heads: dict[Any, Any] = {}
        variants: set[Any] = set()
        for part in _parts(list(keys)):
            here = keyword.c.site_id == self._site_id
            for row in tx.execute(select(keyword).where(here, keyword.c.phrase_key.in_(part))):
                stored[row.phrase_key] = row
            found = select(variant.c.phrase_key).where(
                variant.c.site_id == self._site_id, variant.c.phrase_key.in_(part)
            )
            variants.update(tx.execute(found).scalars())
        for part in _parts(list(set(keys.values()))):
            found = select(keyword).where(
                keyword.c.site_id == self._site_id, keyword.c.variant_key.in_(part)
            )
            for row in tx.execute(found):
                demand = row.volume if row.volume is not None else (row.impressions or 0)
                heads[row.variant_key] = _Head(row.phrase_key, demand, stored=row)
        return stored, heads, variants

    def _update(self, before: StoredRow, row: Row, counts: MergeCounts) -> list[dict]:
        """Return the update of a known keyword: newer values win, empty ones never overwrite."""
        counts.known += 1
        found = _change(before, _known_values(row))
        if not found["new"]:
            return []
        counts.updated += 1
        counts.fields.update(found["new"])
        return [found]

    def _write(
        self,
        tx: Connection,
        fresh: dict[str, Row],
        keys: dict[str, str],
        changes: list[dict],
        joined: list,
        counts: MergeCounts,
    ) -> None:
        if fresh:
            values = [self._values(row, keys[row.key]) for row in fresh.values()]
            counts.new += tx.execute(insert_if_absent(tx, keyword), values).rowcount
            counts.known += len(values) - counts.new
        if changes:
            tx.execute(_UPDATE, [_bound(each) for each in changes])
            tx.execute(
                insert(change),
                [
                    {
                        "site_id": self._site_id,
                        "keyword_id": each["keyword"].id,
                        "import_id": self._import_id,
                        "old": each["old"],
                        "new": each["new"],
                        "created_at": clock.now(),
                    }
                    for each in changes
                ],
            )
        if joined:
            self._write_variants(tx, joined)

    def _write_variants(self, tx: Connection, joined: list) -> None:
        ids: dict[str, int] = {}
        for part in _parts(list({head for head, *_ in joined})):
            found = select(keyword.c.phrase_key, keyword.c.id).where(
                keyword.c.site_id == self._site_id, keyword.c.phrase_key.in_(part)
            )
            ids.update((row.phrase_key, row.id) for row in tx.execute(found))
        values = [
            {
                "site_id": self._site_id,
                "keyword_id": ids[head],
                "phrase": text,
                "phrase_key": key,
                "volume": volume,
                "import_id": self._import_id,
                "created_at": clock.now(),
            }
            for head, text, key, volume in joined
            if head in ids and key != head
        ]
        if values:
            tx.execute(insert_if_absent(tx, variant), values)
            heads = list({each["keyword_id"] for each in values})
            for part in _parts(heads):
                count_variants(tx, part)

    def _values(self, row: Row, key: str) -> dict:
        return {
            "site_id": self._site_id,
            "phrase": row.text,
            "phrase_key": row.key,
            "variant_key": key,
            "source": self._source,
            "import_id": self._import_id,
            **{name: getattr(row, name) for name in _FLAGGED},
        }


def fill_variant_keys(tx: Connection, site_id: int, language: str, limit: int = 2000) -> bool:
    """Set the missing variant keys of older keywords; return whether some are left."""
    rows = tx.execute(
        select(keyword.c.id, keyword.c.phrase)
        .where(keyword.c.site_id == site_id, keyword.c.variant_key.is_(None))
        .limit(limit)
    ).all()
    if rows:
        tx.execute(
            update(keyword)
            .where(keyword.c.id == bindparam("of_keyword"))
            .values(variant_key=bindparam("key")),
            [{"of_keyword": row.id, "key": variant_key(row.phrase, language)} for row in rows],
        )
    return len(rows) == limit


def listed_variants(cell: str | None) -> Iterable[tuple[str, int | None]]:
    """Yield (text, volume) of the variants in a cell of the product's own export."""
    for part in (cell or "").split(" | "):
        text, _, figure = part.strip().rpartition(" (")
        if text and figure.endswith(")") and figure[:-1].isdecimal() and len(figure) < 11:
            yield text, int(figure[:-1])
        elif part.strip():
            yield part.strip(), None


def _known_values(row: Row) -> dict:
    """Return the columns that a row has values for; a volume includes the ends of its range."""
    known = {
        name: value
        for name in _FLAGGED
        if name not in _RANGE and (value := getattr(row, name)) is not None
    }
    if row.volume is not None:
        known.update({name: getattr(row, name) for name in _RANGE})
    return known


def _change(before: StoredRow, values: dict) -> dict:
    new = {name: value for name, value in values.items() if value != getattr(before, name)}
    return {"keyword": before, "old": {name: getattr(before, name) for name in new}, "new": new}


def _final(key: str, moved: dict[str, str]) -> str:
    while key in moved:
        key = moved[key]
    return key


def _demand(row: Row) -> int:
    return row.volume if row.volume is not None else (row.impressions or 0)


def _bound(each: dict) -> dict:
    values = {name: getattr(each["keyword"], name) for name in _CHANGEABLE} | each["new"]
    return {"of_keyword": each["keyword"].id} | {f"to_{name}": v for name, v in values.items()}


def _parts(items: list) -> Iterable[list]:
    return (items[start : start + LOOKUP] for start in range(0, len(items), LOOKUP))
