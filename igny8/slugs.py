"""Slugs of titles and keywords in the language of the site: stable and never empty."""

import importlib
import re
import unicodedata
from zlib import crc32

from igny8.readings import has_dictionary, reading_of, romanize
from igny8.slug_scripts import LATIN, NATIVE

MAX_CHARS = 80
MAX_CLUSTER_CHARS = 60
_SYMBOLS = (
    (re.compile(r"(?<![\w])([a-z])\+\+(?!\w)", re.IGNORECASE), r"\1 plus plus"),
    (re.compile(r"(?<![\w])([a-z])#(?!\w)", re.IGNORECASE), r"\1 sharp"),
    (re.compile(r"(?<![\w])\.(?=[a-z]{2,}\b)", re.IGNORECASE), " dot "),
    (re.compile(r"(?<=\w)\.(?=[a-z]{2,3}\b)", re.IGNORECASE), " "),
    (re.compile(r"(?<=\w)\+(?!\w)"), " plus "),
    (re.compile(r"&"), " and "),
    (re.compile(r"%"), " percent "),
)
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_LONG_VOWEL = re.compile("(?<=[\u3041-\u30fa])ー")


def slug_of(
    text: str, language: str = "en", max_chars: int = MAX_CHARS, script: str = LATIN
) -> str:
    """Return the slug of a text: lower case, with hyphens between words.

    Meaningful signs become words: c-sharp, c-plus-plus, dot-net. German ä becomes ae. In the script
    LATIN other scripts are transliterated, Japanese by its reading (ボルダリング: borudaringu);
    kanji need the dictionary of `igny8.readings` and are kept otherwise. In the script NATIVE all
    letters are kept. A text without letter or digit gets a generated slug that is always the same.
    """
    text = unicodedata.normalize("NFKC", text)
    for pattern, words in _SYMBOLS:
        text = pattern.sub(words, text)
    text = _APOSTROPHES.sub("", text)
    is_japanese = _is_japanese(text, language)
    if script == LATIN and is_japanese:
        text = reading_of(text)
    library = importlib.import_module("slugify")  # takes 5 MB; a command that only reads needs none
    if script == NATIVE or (is_japanese and not has_dictionary() and _HAN.search(text)):
        slug = library.slugify(
            unicodedata.normalize("NFC", text), allow_unicode=True, max_length=max_chars
        )
        return unicodedata.normalize("NFC", slug) or _made_up(text)
    if language.split("-", maxsplit=1)[0].casefold() == "de":
        for before, after in library.special.GERMAN:
            text = text.replace(before, after)
    # transcribed while composed: decomposed, dakuten would be lost and Hangul torn apart
    unidecode = importlib.import_module("text_unidecode").unidecode
    text = unidecode(romanize(_LONG_VOWEL.sub("", text)))
    return library.slugify(text, max_length=max_chars, word_boundary=True) or _made_up(text)


def cluster_slug_of(name: str) -> str:
    """Return the slug of a cluster with this name."""
    return slug_of(name, max_chars=MAX_CLUSTER_CHARS)


def _is_japanese(text: str, language: str) -> bool:
    return language.split("-", maxsplit=1)[0].casefold() == "ja" or bool(_KANA.search(text))


def _made_up(text: str) -> str:
    return f"article-{crc32(text.encode('utf-8', 'replace')):08x}"
