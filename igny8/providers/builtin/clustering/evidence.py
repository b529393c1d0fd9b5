"""Turn topics, groups and pages of a keyword file into feature rows.

Keywords with the same topic, group or page in the file, or with the same ranking pages, are likely
answered by one page of the site.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np
from scipy import sparse

EVIDENCE_SHARE = 0.4  # of the similarity of two keywords that both have evidence
MAX_COVER = (
    0.3  # a page that this share of a list has in common, such as the home page, says nothing
)
MIN_COVER_ROWS = 12  # rows below which even a page of all says something
KINDS = ("group", "parent", "url", "competitors")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a file contains about one keyword besides its text.

    Its group and topic, the site's own page that ranks for it, and the pages of competitors.
    """

    group: str = ""
    parent: str = ""
    url: str = ""
    competitors: tuple[str, ...] = ()

    def values(self, kind: str) -> tuple[str, ...]:
        """Return the values of one kind, case-folded; empty for none."""
        found = getattr(self, kind)
        texts = found if isinstance(found, tuple) else (found,)
        return tuple(folded for text in texts if (folded := _folded(text, kind)))


def _folded(text: str, kind: str) -> str:
    text = " ".join((text or "").split())
    if kind in ("group", "parent"):
        return text.casefold()
    return text.split("#")[0].split("?")[0].split("//")[-1].removeprefix("www.").rstrip("/")


def evidence_of(phrases: Iterable) -> Evidence:
    """Return the Evidence of phrases with the same words: the first value of each kind."""
    found: dict[str, Any] = {}
    for phrase in phrases:
        for name in ("group", "parent", "url"):
            found[name] = found.get(name) or getattr(phrase, name) or ""
        found["competitors"] = found.get("competitors") or phrase.competitor_urls
    return Evidence(**found)


def evidence_rows(evidence: Sequence[Evidence]) -> sparse.csr_array | None:
    """Return unit rows, (keywords, values), or None if no value is shared by two keywords."""
    numbers: dict[tuple[str, str], int] = {}
    rows, columns, data = [], [], []
    weights = {kind: _rarities(evidence, kind) for kind in KINDS}
    for row, one in enumerate(evidence):
        kinds = []
        for kind in KINDS:
            known = {
                value: weights[kind][value] for value in one.values(kind) if value in weights[kind]
            }
            if known:
                kinds.append((kind, known))
        for kind, known in kinds:
            length = sqrt(sum(weight**2 for weight in known.values()) * len(kinds))
            for value, weight in sorted(known.items()):
                rows.append(row)
                columns.append(numbers.setdefault((kind, value), len(numbers)))
                data.append(weight / length)
    if not rows:
        return None
    shape = (len(evidence), len(numbers))
    return sparse.csr_array((np.array(data, dtype=np.float32), (rows, columns)), shape=shape)


def _rarities(evidence: Sequence[Evidence], kind: str) -> dict[str, float]:
    """Return the weight of each value of a kind that several keywords have, but not too many."""
    counts = Counter(value for one in evidence for value in set(one.values(kind)))
    most = max(MIN_COVER_ROWS, MAX_COVER * len(evidence)) if kind in KINDS[2:] else len(evidence)
    return {
        value: 1 + log((1 + len(evidence)) / (1 + count))
        for value, count in counts.items()
        if 1 < count <= most
    }


def known_groups(evidence: Sequence[Evidence]) -> np.ndarray | None:
    """Return the number of the file's own group for each keyword, -1 where it has none.

    None if fewer than a quarter of the keywords have a group: too few to learn from.
    """
    for kind in KINDS[:3]:
        shared = _rarities(evidence, kind)
        names = [next((v for v in one.values(kind) if v in shared), None) for one in evidence]
        numbers = {name: number for number, name in enumerate(sorted({n for n in names if n}))}
        labels = np.array([-1 if name is None else numbers[name] for name in names])
        if len(numbers) > 1 and (labels >= 0).mean() >= 0.25:
            return labels
    return None
