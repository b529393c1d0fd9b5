"""Join evident misspellings of an import to the keyword that they mean."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import Row, delete, select

from igny8 import clock
from igny8.importers.variants import sorted_key
from igny8.models import Keyword, KeywordVariant
from igny8.models.base import insert_if_absent
from igny8.models.keyword_import import count_variants

keyword, variant = Keyword.__table__, KeywordVariant.__table__
MIN_CHARS = 5
BATCH_ROWS = 1_000
LOOKUP = 500  # keys per SELECT
MAX_WORDS = 300_000  # different words of an import; a longer list is left as it is
MIN_RATIO = 3  # how much more the right spelling is searched, and how much more often it stands
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word_counts(tx, import_id: int) -> Counter | None:  # noqa: ANN001 - a connection
    """Return how often each word stands in the keywords of an import; None for too many words."""
    counts: Counter = Counter()
    for rows in _batches(tx, import_id):
        for row in rows:
            counts.update((row.variant_key or "").split())
        if len(counts) > MAX_WORDS:
            return None
    return counts


def join_batch(tx, import_id: int, after: int, counts: Counter, language: str) -> tuple[int, int]:  # noqa: ANN001
    """Make the misspellings among the next keywords of an import variants.

    Return (id of the last keyword looked at, how many were joined); the id is 0 at the end. Only
    keywords that no run works with are joined, to one that is searched three times as much.
    """
    rows = _next_rows(tx, import_id, after)
    if not rows:
        return 0, 0
    wanted: dict[str, list[Row]] = {}
    for row in rows:
        for key in _corrections(row.variant_key or "", counts, language):
            wanted.setdefault(key, []).append(row)
    joined: dict[int, tuple[Row, Row]] = {}
    keys = list(wanted)
    for start in range(0, len(keys), LOOKUP):
        found = tx.execute(
            select(keyword).where(
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


def _join(tx, import_id: int, joined: dict[int, tuple[Row, Row]]) -> None:  # noqa: ANN001
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


def _corrections(key: str, counts: Counter, language: str) -> Iterator[str]:
    """Yield the keys that a phrase would have if one of its words were spelt right."""
    words = key.split()
    known = _known_words(language)
    for at, word in enumerate(words):
        if len(word) < MIN_CHARS or not word.isalpha() or not word.isascii() or word in known:
            continue
        for right in _neighbours(word):
            often = counts[right]
            is_word = right in known or often >= MIN_RATIO
            if is_word and (right in known or often >= MIN_RATIO * counts[word]):
                yield sorted_key([*words[:at], right, *words[at + 1 :]])


def _neighbours(word: str) -> set[str]:
    """Return the words that differ by one typing error, with the same first letter."""
    first, rest = word[0], word[1:]
    splits = [(rest[:at], rest[at:]) for at in range(len(rest) + 1)]
    found = {a + b[1:] for a, b in splits if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    found |= {a + letter + b[1:] for a, b in splits if b for letter in _LETTERS}
    found |= {a + letter + b for a, b in splits for letter in _LETTERS}
    found.discard(rest)
    return {first + each for each in found}


@lru_cache(2)
def _known_words(language: str) -> frozenset[str]:
    """Return the English words that the built-in provider knows; nothing for other languages."""
    if language.split("-", maxsplit=1)[0].casefold() != "en":
        return frozenset()
    text = files("igny8.providers.builtin.clustering") / "data" / "vocabulary.txt"
    return frozenset(word for word in text.read_text(encoding="utf-8").split() if word.isalpha())


def _batches(tx, import_id: int) -> Iterator[list[Row]]:  # noqa: ANN001
    last = 0
    while rows := _next_rows(tx, import_id, last):
        yield rows
        last = rows[-1].id


def _next_rows(tx, import_id: int, after: int) -> list[Row]:  # noqa: ANN001
    return tx.execute(
        select(keyword)
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
