"""The common key of all spellings of a keyword."""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_APOSTROPHES = re.compile("['’‘ʼ`´′]")
_HYPHENS = "-‐‑‒–—−"
_AS_BLANK = str.maketrans(dict.fromkeys(_HYPHENS + "/_", " "))
_LETTER_HYPHEN = re.compile(rf"(?<!\w)(\w)[{_HYPHENS}](?=\w)|(?<=\w)[{_HYPHENS}](\w)(?!\w)")
_UNIT = re.compile(
    r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s+(kwh|kwp|kw|wh|w|v|ah|mah|a|mm|cm|km|m|m2|m²|kg|g|mg|lbs?|oz|l|ml"
    r"|gb|tb|mb|ghz|mhz|hz|hp|ps|inch|ft|px|bar|psi|kva|mp|fps|seater|zoll)\b"
)
_TOKEN = re.compile(r"\.?\w+(?:\+\+|\+(?!\w)|#)?|[^\w\s]")
_KEPT_SIGNS = frozenset("+#$€£¥%@=<>°")
_DROPPED_DOT = re.compile(r"(?<=\w)\.(?=\w)")
# Between these words the order carries the meaning: "usd to eur" is not "eur to usd".
_DIRECTIONS = frozenset(
    [
        "to",
        "into",
        "from",
        "than",
        "without",
        "not",
        "before",
        "after",
        "over",
        "under",
        "nach",
        "von",
        "zu",
        "zum",
        "ohne",
        "vor",
        "ab",
        "als",
        "à",
        "vers",
        "sans",
        "avant",
        "après",
        "sin",
        "antes",
        "después",
        "desde",
        "hasta",
        "hacia",
        "senza",
        "prima",
        "dopo",
        "verso",
        "sem",
        "para",
        "até",
        "naar",
        "van",
        "zonder",
        "voor",
        "do",
        "od",
        "bez",
        "przed",
        "po",
        "в",
        "из",
        "на",
        "до",
        "от",
        "без",
        "para",
        "に",
        "から",
        "まで",
    ]
)
_WITHOUT_S = frozenset(["de", "ja", "ko", "zh", "ru", "pl", "it", "tr", "fi", "hu", "cs", "el"])
_CLOSED_S = ("ss", "us", "is", "os", "as")


def variant_key(text: str, language: str = "en") -> str:
    """Return the key of all spellings of one keyword.

    Word order, accents, full width, a plural s, spaces before units, hyphens and apostrophes are
    ignored. Meaningful signs are kept: C, C++ and C# differ, and so do .net and net. The order is
    kept if it is meaningful ("usd to eur").
    """
    text = text.lower() if text.isascii() else _folded(text)
    text = _UNIT.sub(r"\1\2", _without_joining_signs(text))
    text = _DROPPED_DOT.sub("", text) if not re.search(r"\d\.\d", text) else text
    tokens = [token for token in _TOKEN.findall(text) if _is_kept(token)]
    tokens = [_singular(token, language) for token in tokens] or text.split()
    return sorted_key(tokens)


def sorted_key(words: list[str]) -> str:
    """Return words as a key, sorted unless their order is meaningful."""
    return " ".join(words if _DIRECTIONS & set(words) else sorted(words))


def _folded(text: str) -> str:
    """Return a text in half width and lower case, without accents and invisible characters."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    marks = [
        mark for mark in unicodedata.normalize("NFD", text) if not "\u0300" <= mark <= "\u036f"
    ]
    return unicodedata.normalize("NFC", "".join(marks))  # dakuten are other marks: they stay


def _without_joining_signs(text: str) -> str:
    """Return a text without apostrophes and hyphens, and with "and" for "&"."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return text
    text = _APOSTROPHES.sub("", text).replace("&", " and ")
    text = _LETTER_HYPHEN.sub(lambda found: found[1] or found[2], text)
    return text.translate(_AS_BLANK)


def _is_kept(token: str) -> bool:
    return (
        token[:1].isalnum()
        or len(token) > 1
        or token in _KEPT_SIGNS
        or token > "\u2fff"  # a part of a keyword, no password # nosec B105
        or (unicodedata.category(token) == "So")
    )


@lru_cache(16_384)
def _singular(token: str, language: str) -> str:
    """Return a word without the plural ending of English and related languages."""
    if len(token) < 4 or not token.isascii() or language.split("-", maxsplit=1)[0] in _WITHOUT_S:
        return token
    if token.endswith("ies") and len(token) > 4:
        return token[:-3] + "y"
    if token.endswith(("xes", "ches", "shes", "sses", "zes")):
        return token[:-2]
    return token[:-1] if token.endswith("s") and not token.endswith(_CLOSED_S) else token
