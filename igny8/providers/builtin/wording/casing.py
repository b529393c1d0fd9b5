"""Correct the letter case of keywords: abbreviations, German nouns, first letters."""

import re
from collections.abc import Iterable

from igny8.providers.builtin import vocabulary
from igny8.providers.builtin.wording.german_nouns import nouns_large
from igny8.providers.builtin.wording.pack import Pack
from igny8.providers.builtin.wording.subjects import Subjects, load_subjects

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
LETTERED = re.compile(  # "vitamin d", "livret a": a name that ends in a letter
    r"\b(vitamine?|vitamina|vitamins|livret|hepatitis|hépatite|hepatite) ([a-k])(\d{0,2})\b",
    re.IGNORECASE,
)
LONGEST_NAME = 4  # words
MARKS = "?!. ？！。¿¡"


def own_spellings(texts: Iterable[str]) -> dict[str, str]:
    """Return {folded word: word} of words that a file writes with inner capitals.

    A file that is all in capitals is ignored.
    """
    found: dict[str, str] = {}
    for text in texts:
        if text.upper() == text:
            continue
        for word in WORD.findall(text):
            if any(c.isupper() for c in word[1:]):
                found[word.casefold()] = word
    return found


def spelled(text: str, pack: Pack | None, own: dict[str, str] | None = None) -> str:
    """Return a keyword with abbreviations, names and German nouns spelled right."""
    text = vocabulary.one_line(text)
    if text.isupper() and " " in text:
        text = text.lower()
    if pack and not pack.is_spaced:
        text = text.replace(" とは", "とは")
    if pack and pack.language == "de":
        text = nouns_large(text, pack.verbs)
    text = LETTERED.sub(lambda found: f"{found[1]} {found[2].upper()}{found[3]}", text)
    text = _names_large(text, pack.language) if pack else text
    known = (pack.spellings if pack else {}) | (own or {})
    return WORD.sub(lambda match: _word(match.group(), known), text)


def _names_large(text: str, language: str) -> str:
    """Return a text with capitals in the names of places, persons and brands that are known."""
    subjects = load_subjects(language)
    if not subjects.names:
        return text
    words = list(WORD.finditer(text))
    made, at = list(text), 0
    while at < len(words):
        size = next(
            (n for n in range(LONGEST_NAME, 0, -1) if _is_name(words[at : at + n], n, subjects)), 0
        )
        for word in words[at : at + size]:
            if word.group() not in vocabulary.SMALL:
                made[word.start()] = made[word.start()].upper()
        at += size or 1
    return "".join(made)


def _is_name(words: list[re.Match], size: int, subjects: Subjects) -> bool:
    return len(words) == size and subjects.is_name(tuple(one.group().casefold() for one in words))


def _word(word: str, known: dict[str, str]) -> str:
    if any(c.isupper() for c in word[1:]):
        return word
    if word == "i":
        return "I"
    return known.get(word.casefold(), word)


def phrased(text: str, pack: Pack | None, own: dict[str, str] | None = None) -> str:
    """Return a keyword spelled right, with its missing preposition or hyphen."""
    made = spelled(text, pack, own)
    for pattern, replacement in pack.phrases if pack else ():
        made = pattern.sub(replacement, made)
    return made


def heading(text: str, pack: Pack | None, own: dict[str, str] | None = None) -> str:
    """Return a keyword as a heading: first letter capital unless spelled otherwise."""
    made = phrased(text, pack, own)
    return made if made[:1].isupper() or any(c.isupper() for c in made[:3]) else upper_first(made)


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case, skipping an opening mark."""
    at = 1 if text[:1] in "¿¡«„“(" else 0
    if text.startswith("ij"):  # Dutch: one letter of two
        return "IJ" + text[2:]
    return text[:at] + vocabulary.capitalise(text[at:])


def title(text: str, pack: Pack | None, own: dict[str, str] | None = None) -> str:
    """Return a keyword as the start of a title; English titles use title case throughout."""
    made = phrased(text, pack, own)
    if pack and pack.language == "en" and vocabulary.is_latin(made):
        return made if made.isupper() else vocabulary.title_case(made)
    return heading(text, pack, own)


def as_question(text: str, pack: Pack | None) -> str:
    """Return a keyword with a question mark if it is a question."""
    bare = text.rstrip(MARKS).lstrip("¿¡ ")
    if pack is None or pack.asking is None or not pack.asking.search(bare.casefold()):
        return text.strip()
    if not pack.is_spaced:
        return bare
    return (
        f"¿{bare}?"
        if pack.language == "es"
        else f"{bare} ?"
        if pack.language == "fr"
        else f"{bare}?"
    )
