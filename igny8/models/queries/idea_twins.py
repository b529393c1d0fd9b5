"""Near-duplicates among the ideas of a site: ideas that would result in similar articles."""

import re
from collections.abc import Iterable

from sqlalchemy import Row, select

from igny8.models import Idea
from igny8.models.base import Executor

idea = Idea.__table__
MIN_SHARED = 0.6  # share of the words of both that two ideas have in common
MAX_COMPARED = 5000
WORD = re.compile(r"\w+")
SHORT = 3  # shorter words say little, except where words are not divided by spaces


def twins(tx: Executor, site_id: int, rows: Iterable[Row]) -> dict[int, Row]:
    """Return the most similar other idea of each of these ideas that has a near-duplicate.

    A twin is a row (id, title). The words of title and primary keyword are compared.
    """
    columns = (idea.c.id, idea.c.title, idea.c.primary_phrase)
    query = select(*columns).where(idea.c.site_id == site_id).order_by(idea.c.id)
    others = [(row, words(row)) for row in tx.execute(query.limit(MAX_COMPARED))]
    found = {}
    for row in rows:
        own = words(row)
        near = [(_shared(own, theirs), other) for other, theirs in others if other.id != row.id]
        share, twin = max(near, key=lambda pair: (pair[0], -pair[1].id), default=(0.0, None))
        if twin is not None and share >= MIN_SHARED:
            found[row.id] = twin
    return found


def words(row: Row) -> frozenset[str]:
    """Return the set to compare an idea by: its words, or character pairs without spaces."""
    text = f"{row.title} {row.primary_phrase}".casefold()
    parts: set[str] = set()
    for word in WORD.findall(text):
        if word.isascii() or (word[0].isalpha() and word.lower() != word.upper()):
            parts |= {_stem(word)} if len(word) > SHORT else set()
        else:
            parts |= {word[n : n + 2] for n in range(len(word) - 1)}
    return frozenset(parts)


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    if not one or not other:
        return 0.0
    return len(one & other) / len(one | other)
