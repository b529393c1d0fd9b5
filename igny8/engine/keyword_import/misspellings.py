"""Join evident misspellings of an import to the keyword that they stand for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, Row, delete, select

from igny8 import clock
from igny8.importers.variants import sorted_key
from igny8.models import Keyword, KeywordVariant
from igny8.models.base import insert_if_absent
from igny8.models.keyword_import import count_variants

keyword, variant = Keyword.__table__, KeywordVariant.__table__
_NEEDED = [
    keyword.c[name]
    for name in ("id", "site_id", "phrase", "phrase_key", "variant_key", "volume", "impressions")
]
# read by its path: importing the provider would load numpy
_VOCABULARY = (
    Path(__file__).parents[2] / "providers" / "builtin" / "clustering" / "data" / "vocabulary.txt"
)
MIN_CHARS = 5
BATCH_ROWS = 1_000
LOOKUP = 500  # keys per SELECT
MAX_WORDS = 300_000  # different words of an import; a longer list is left as it is
MIN_RATIO = 3  # how much more the right spelling is searched, and how much more often it stands


class Speller:
    """Vocabulary of an import, used to correct its misspelled words.

    A word is correct if the built-in provider knows it (English) or if it occurs in three keywords.
    A misspelling differs from a correct word by one typing error and either occurs at most a third
    as often or is unknown.
    """

    def __init__(self, counts: Counter, language: str) -> None:
        self._counts, self._known = counts, _known_words(language)
        self._right: dict[str, list[str]] = {}
        self._cache: dict[str, tuple[str, ...]] = {}
        for word, often in counts.items():
            if _is_plain(word) and (often >= MIN_RATIO or word in self._known):
                for piece in _pieces(word):
                    self._right.setdefault(piece, []).append(word)

    def meant(self, word: str) -> tuple[str, ...]:
        """Return the possible corrections of a misspelled word; empty for a correct one."""
        if word not in self._cache:
            self._cache[word] = tuple(self._find(word))
        return self._cache[word]

    def _find(self, word: str) -> Iterator[str]:
        if not _is_plain(word) or word in self._known:
            return
        found = {right for piece in _pieces(word) for right in self._right.get(piece, ())}
        for right in found:
            is_rarer = self._counts[word] * MIN_RATIO <= self._counts[right]
            if (right in self._known or is_rarer) and _is_one_error(word, right):
                yield right


def speller(tx: Connection, import_id: int, language: str) -> Speller | None:
    """Return the speller of an import; None if it has too many words."""
    counts: Counter = Counter()
    for rows in _batches(tx, import_id):
        for row in rows:
            counts.update((row.variant_key or "").split())
        if len(counts) > MAX_WORDS:
            return None
    return Speller(counts, language)


def join_batch(tx: Connection, import_id: int, after: int, words: Speller) -> tuple[int, int]:
    """Turn misspelled keywords of an import's next batch into variants.

    Return (id of the last keyword checked, number joined); the id is 0 at the end. Only keywords
    that no run is using are joined, and only to one with at least three times the volume.
    """
    rows = _next_rows(tx, import_id, after)
    if not rows:
        return 0, 0
    wanted: dict[str, list[Row]] = {}
    for row in rows:
        for key in _corrections(row.variant_key or "", words):
            wanted.setdefault(key, []).append(row)
    joined: dict[int, tuple[Row, Row]] = {}
    keys = list(wanted)
    for start in range(0, len(keys), LOOKUP):
        found = tx.execute(
            select(*_NEEDED).where(
                keyword.c.site_id == rows[0].site_id,
                keyword.c.variant_key.in_(keys[start : start + LOOKUP]),
            )
        )
        for head in found:
            for row in wanted[head.variant_key]:
                if _demand(head) >= MIN_RATIO * max(_demand(row), 1):
                    joined[row.id] = (row, head)
    _join(tx, import_id, joined)
    return rows[-1].id, len(joined)


def _join(tx: Connection, import_id: int, joined: dict[int, tuple[Row, Row]]) -> None:
    pairs = [(row, head) for row, head in joined.values() if head.id not in joined]
    if not pairs:
        return
    values = [
        {
            "site_id": row.site_id,
            "keyword_id": head.id,
            "phrase": row.phrase,
            "phrase_key": row.phrase_key,
            "volume": row.volume,
            "import_id": import_id,
            "created_at": clock.now(),
        }
        for row, head in pairs
    ]
    tx.execute(insert_if_absent(tx, variant), values)
    for row, head in pairs:
        tx.execute(
            variant.update().where(variant.c.keyword_id == row.id).values(keyword_id=head.id)
        )
    tx.execute(delete(keyword).where(keyword.c.id.in_([row.id for row, _ in pairs])))
    count_variants(tx, list({head.id for _, head in pairs}))


def _corrections(key: str, speller_: Speller) -> Iterator[str]:
    """Yield the variant keys of a phrase with one of its words corrected."""
    words = key.split()
    for at, word in enumerate(words):
        for right in speller_.meant(word):
            yield sorted_key([*words[:at], right, *words[at + 1 :]])


def _is_plain(word: str) -> bool:
    return len(word) >= MIN_CHARS and word.isascii() and word.isalpha()


def _pieces(word: str) -> set[str]:
    """Return a word, and the word without each one of its letters after the first."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def _is_one_error(one: str, other: str) -> bool:
    """Return whether two words differ by one inserted, missing, wrong or swapped letter."""
    if one == other or one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    at = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), -1
    )
    if at < 0:
        return True  # one is the other with a letter at its end
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return short[at:] == long[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped


@lru_cache(2)
def _known_words(language: str) -> frozenset[str]:
    """Return the English words that the built-in provider knows; empty for other languages."""
    if language.split("-", maxsplit=1)[0].casefold() != "en":
        return frozenset()
    words = _VOCABULARY.read_text(encoding="utf-8").split()
    return frozenset(word for word in words if word.isalpha())


def _batches(tx: Connection, import_id: int) -> Iterator[Sequence[Row]]:
    last = 0
    while rows := _next_rows(tx, import_id, last):
        yield rows
        last = rows[-1].id


def _next_rows(tx: Connection, import_id: int, after: int) -> Sequence[Row]:
    return tx.execute(
        select(*_NEEDED)
        .where(
            keyword.c.import_id == import_id,
            keyword.c.id > after,
            keyword.c.cluster_id.is_(None),
            keyword.c.status == "new",
        )
        .order_by(keyword.c.id)
        .limit(BATCH_ROWS)
    ).all()


def _demand(row: Row) -> int:
    return row.volume if row.volume is not None else (row.impressions or 0)
