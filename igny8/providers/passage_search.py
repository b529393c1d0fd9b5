"""Find the passages of a site's sources that are relevant to a part of an article.

Words are compared by their stems and weighted by their rarity among the passages: deterministic,
for every language, without a model.
"""

from collections import Counter
from functools import lru_cache
from math import log

from igny8.providers.base import Passage
from igny8.providers.builtin.wording import load_pack
from igny8.providers.checks.keyword_use import stems_of

MIN_SHARED_WORDS = 2  # with the part, one where the part has no more
MIN_SHARE_OF_BEST = 0.4  # of the score of the best passage


class PassageIndex:
    """The passages of a site with the stems of their words."""

    def __init__(self, passages: tuple[Passage, ...], language: str) -> None:
        self._passages, self._language = passages, language
        pack = load_pack(language)
        self._stops = stems_of(" ".join(sorted(pack.stops)), language) if pack else frozenset()
        self._stems = [self._read(f"{p.title} {p.text}") for p in passages]
        counts = Counter(stem for stems in self._stems for stem in stems)
        self._weights = {stem: log(1 + len(passages) / count) for stem, count in counts.items()}

    def best(self, wanted: str, most: int) -> tuple[Passage, ...]:
        """Return the most relevant passages for a text, best first; ties in their order."""
        words = self._read(wanted)
        found = [
            (sum(sorted(self._weights[stem] for stem in shared)), -number)
            for number, stems in enumerate(self._stems)
            if len(shared := words & stems) >= min(MIN_SHARED_WORDS, len(words)) > 0
        ]
        least = MIN_SHARE_OF_BEST * max(found)[0] if found else 0.0
        ordered = sorted(found, reverse=True)[:most]
        return tuple(self._passages[-number] for score, number in ordered if score >= least)

    def _read(self, text: str) -> frozenset[str]:
        return stems_of(text, self._language) - self._stops


@lru_cache(maxsize=2)
def passage_index(passages: tuple[Passage, ...], language: str) -> PassageIndex:
    """Return the index of the passages of a site; cached for its next article."""
    return PassageIndex(passages, language)
