"""Bring a word to a form that a list of known things has: plurals, cases and elisions."""

from collections.abc import Collection, Iterator

LEAST_BASE_CHARS = 3
GERMAN_ENDS = ("n", "en", "e", "er", "s", "es", "ern")
UMLAUTS = str.maketrans("äöü", "aou")
FRENCH_ENDS = (("eaux", "eau"), ("aux", "al"), ("s", ""), ("x", ""), ("es", ""), ("e", ""))


def known_form(word: str, language: str, known: Collection[str]) -> str:
    """Return the word itself if it is known, else its first base form that is, else the word."""
    if word in known:
        return word
    forms = {"de": _german_forms, "fr": _french_forms}.get(language)
    return next((form for form in forms(word) if form in known), word) if forms else word


def _german_forms(word: str) -> Iterator[str]:
    bases = [word, *(word[: -len(end)] for end in GERMAN_ENDS if word.endswith(end))]
    for base in bases:
        if len(base) >= LEAST_BASE_CHARS:
            yield base
            yield base.translate(UMLAUTS)
            yield from (base + end for end in ("e", "n", "en", "er"))


def _french_forms(word: str) -> Iterator[str]:
    bare = word.rsplit("'", 1)[-1]
    yield bare
    for end, other in FRENCH_ENDS:
        if bare.endswith(end) and len(bare) - len(end) >= LEAST_BASE_CHARS:
            yield bare[: len(bare) - len(end)] + other
    yield from (bare + end for end in ("s", "x", "e", "es"))
