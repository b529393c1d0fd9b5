"""Check readability: sentence and part length, connecting words, passive voice, Flesch score."""

import re
from collections.abc import Iterable, Sequence

from igny8.providers.base import Check
from igny8.providers.builtin.vocabulary import UNSPACED
from igny8.providers.checks.blocks import Block, prose, quote, words_of
from igny8.providers.checks.connectives import CONNECTIVES

LONG_SENTENCE_WORDS, LONG_SENTENCE_CHARS = 20, 40  # characters where words are not divided
MAX_LONG_SHARE = 0.3  # Yoast SEO 3.6 asks for 25 % and tolerates 30
MAX_PART_WORDS, MAX_PART_CHARS = 300, 600  # between two headings
MIN_CONNECTED_SHARE = 0.2  # of the sentences; Yoast SEO asks for 30 % and tolerates 20
MAX_PASSIVE_SHARE = 0.15  # Yoast SEO asks for 10 % and tolerates 15
MIN_SENTENCES = 10
MIN_FLESCH = 30.0  # below it a text is for academics, by Flesch 1948
# Flesch reading ease: base, per word of a sentence, per syllable of a word. English: Flesch 1948;
# German: Amstad 1978; Spanish: Fernández Huerta 1959; French: Kandel and Moles 1958;
# Italian: Vacca 1972; Dutch: Douma 1960; Portuguese: Martins 1996.
FLESCH = {
    "en": (206.835, 1.015, 84.6),
    "de": (180.0, 1.0, 58.5),
    "es": (206.84, 1.02, 60.0),
    "fr": (207.0, 1.015, 73.6),
    "it": (217.0, 1.3, 60.0),
    "nl": (206.84, 0.93, 77.0),
    "pt": (248.835, 1.015, 84.6),
}
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüý]+", re.IGNORECASE)
_IRREGULAR = (
    "made|done|given|taken|seen|known|kept|found|held|built|bought|brought|caught|chosen|cut|drawn|"
    "driven|eaten|felt|forgotten|frozen|grown|heard|hidden|hit|hurt|laid|led|left|lost|meant|met|"
    "paid|put|read|said|sent|set|shown|shut|sold|spent|spread|stolen|taught|thrown|told|understood|"
    "used|won|worn|written"
)
PASSIVE = {
    "en": re.compile(
        rf"\b(?:is|are|was|were|be|been|being|gets?|got|gotten)\s+(?:not\s+|never\s+|\w+ly\s+)?"
        rf"(?:\w{{2,}}ed|{_IRREGULAR})\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:wird|werden|wurden?|worden|würden?)\b.*\b(?:\w*ge\w+(?:t|en)|\w+(?:iert|ert|elt))\b",
        re.IGNORECASE,
    ),
}


def readability_checks(blocks: tuple[Block, ...], language: str) -> tuple[tuple[str, Check], ...]:
    """Return (kind, check) for each measure available in the language."""
    tongue = language.split("-", maxsplit=1)[0].casefold()
    sentences = [(text, block) for block in prose(blocks) for text in block.sentences]
    return (
        ("sentence_length", _sentence_length(sentences)),
        ("part_length", _part_length(blocks)),
        *_language_checks(sentences, tongue),
    )


def _language_checks(
    sentences: Sequence[tuple[str, Block]], tongue: str
) -> Iterable[tuple[str, Check]]:
    if len(sentences) < MIN_SENTENCES:
        return
    if tongue in CONNECTIVES:
        yield "connecting_words", _connecting_words(sentences, CONNECTIVES[tongue])
    if tongue in PASSIVE:
        yield "passive_voice", _passive(sentences, PASSIVE[tongue])
    if tongue in FLESCH:
        yield "flesch", _flesch([text for text, _ in sentences], tongue)


def _size(text: str) -> float:
    """Return the length of a sentence relative to the limit for short ones."""
    if UNSPACED.search(text):
        return len(text) / LONG_SENTENCE_CHARS
    return len(text.split()) / LONG_SENTENCE_WORDS


def _sentence_length(sentences: Sequence[tuple[str, Block]]) -> Check:
    if not sentences:
        return Check(True, "No sentence is too long")
    long = sorted((pair for pair in sentences if _size(pair[0]) > 1), key=lambda p: -_size(p[0]))
    share = len(long) / len(sentences)
    what = f"{share:.0%} of the sentences are long"
    if share <= MAX_LONG_SHARE or len(long) < 2:
        return Check(True, what)
    text, block = long[0]
    return Check(
        False,
        f"{what}; up to 25% read well. Divide them, the longest {block.place}: “{quote(text)}”.",
    )


def _part_length(blocks: tuple[Block, ...]) -> Check:
    """Check that no text between two headings is too long."""
    sizes: dict[str, float] = {}
    heading, number = "", 0
    for block in blocks:
        if block.is_heading:
            heading, number = block.text, number + 1
        else:
            key = f"{number}:{heading}"
            limit = MAX_PART_CHARS if UNSPACED.search(block.text) else MAX_PART_WORDS
            size = len(block.text) if limit == MAX_PART_CHARS else len(block.text.split())
            sizes[key] = sizes.get(key, 0.0) + size / limit
    longest = max(sizes, key=lambda key: sizes[key], default="")
    if not longest or sizes[longest] <= 1:
        return Check(True, "No part is too long between two headings")
    place = longest.partition(":")[2]
    where = f"below “{quote(place)}”" if place else "in the opening"
    words = round(sizes[longest] * MAX_PART_WORDS)
    return Check(
        False,
        f"About {words:,} words without a heading {where}. Put one in: {MAX_PART_WORDS} read well.",
    )


def _connecting_words(sentences: Sequence[tuple[str, Block]], words: frozenset[str]) -> Check:
    found = sum(_has_connective(text, words) for text, _ in sentences)
    share = found / len(sentences)
    what = f"{share:.0%} of the sentences have a connecting word"
    if share >= MIN_CONNECTED_SHARE:
        return Check(True, what)
    examples = ", ".join(sorted(words, key=lambda word: (len(word), word))[:4])
    return Check(
        False, f"{what}; {MIN_CONNECTED_SHARE:.0%} read well. Use words such as {examples}."
    )


def _has_connective(text: str, words: frozenset[str]) -> bool:
    folded = f" {' '.join(words_of(text))} "
    return any(f" {word} " in folded for word in words)


def _passive(sentences: Sequence[tuple[str, Block]], pattern: re.Pattern[str]) -> Check:
    passive = [(text, block) for text, block in sentences if pattern.search(text)]
    share = len(passive) / len(sentences)
    what = f"{share:.0%} of the sentences are in the passive voice"
    if share <= MAX_PASSIVE_SHARE:
        return Check(True, what)
    text, block = passive[0]
    return Check(False, f"{what}. Say who does it, for example {block.place}: “{quote(text)}”.")


def _flesch(sentences: Sequence[str], tongue: str) -> Check:
    words = [word for text in sentences for word in words_of(text) if not word.isdecimal()]
    if not words:
        return Check(True, "No words to measure")
    base, per_word, per_syllable = FLESCH[tongue]
    syllables = sum(_syllables(word, tongue) for word in words)
    score = base - per_word * len(words) / len(sentences) - per_syllable * syllables / len(words)
    what = f"Reading ease {max(0, min(100, score)):.0f} of 100"
    if score >= MIN_FLESCH:
        return Check(True, what)
    return Check(False, f"{what}. Use shorter words and sentences: {MIN_FLESCH:.0f} or more.")


def _syllables(word: str, tongue: str) -> int:
    count = len(_VOWELS.findall(word))
    if tongue == "en" and count > 1 and re.search(r"[^aeiouyl]e$|[^aeiouy]es$|[^td]ed$", word):
        count -= 1  # a silent e
    return max(1, count)
