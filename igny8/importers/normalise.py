"""Normalise keywords: the text to store, and the key that identifies a keyword."""

import re
import unicodedata

# Invisible: zero-width space, soft hyphen, BOM and marks of direction. The joiners U+200C and
# U+200D stay, because Persian, Indic scripts and emoji are spelt with them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′`´ʼ", "'"), **dict.fromkeys("“”„‟″«»", '"')})
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
# the apostrophe that exports put before a formula, at the beginning or after a separator
_PROTECTION = re.compile("((?:^|[;,])[ \"]*)'(?='*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def clean_text(text: str) -> str:
    """Return the text in composed Unicode, without invisible characters and extra spaces.

    Case, quotes and spelling are kept. Protection against formulas is undone: `="text"` and the
    apostrophe before = + - @ at the beginning or after a separator.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    text = " ".join(text.split())
    if text.startswith('="') and (inside := _FORMULA.fullmatch(text)):
        return " ".join(inside[1].replace('""', '"').split())
    return _PROTECTION.sub(r"\1", text) if "'" in text else text


def keyword_key(text: str) -> str:
    """Return the key of a keyword: composed, case-folded, single spaces, straight quotes.

    Texts with the same key are the same keyword. The function is idempotent.
    """
    if text.isascii():
        text = text.lower() if text.isprintable() else _CONTROL.sub(" ", text.lower())
        return " ".join(text.replace("`", "'").split())
    text = _INVISIBLE.sub("", text).translate(_QUOTES)
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return " ".join(_CONTROL.sub(" ", text).split())


def has_substance(text: str) -> bool:
    """Return whether a text contains a letter, a digit or a symbol such as an emoji."""
    return text[:1].isalnum() or any(
        mark.isalnum() or unicodedata.category(mark) == "So" for mark in text
    )
