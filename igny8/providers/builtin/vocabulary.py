"""Process the words of a keyword: cleaning, stems, letter case, truncation and slugs."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from threading import local
from zlib import crc32

import snowballstemmer

from igny8 import slugs
from igny8.slug_scripts import LATIN

LONGEST = 300  # characters of a keyword that are looked at
STEMMERS = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}
_FILLER = """a an and are as at be by can do does for from how i in is it my near nearby of on or
should that the this to was what when where which who why will with you your me vs versus best top
review reviews guide tips"""
FILLER = frozenset(_FILLER.split())
_SIZES = "small larg big mini cheap free easi system new good"
SIZES = frozenset(_SIZES.split())  # stems that make no page of its own
_GENERIC = "grow plant make use get start need keep care work buy choos home diy tip idea"
GENERIC = SIZES | frozenset(_GENERIC.split())
_SMALL = "a an and as at but by for from in nor of on or per the to via vs with"
SMALL = frozenset(_SMALL.split())
_SPELLED = """AI API B2B B2C BBQ CBD CRM CSS DIY ERP EU FAQ GPS HTML HVAC
    iPad iPhone iOS LED macOS NPK PC PDF pH PHP PVC RV SaaS SEO SQL TV UK URL USA USB USDA UV
    VPN WiFi WordPress YouTube"""
SPELLED = {word.casefold(): word for word in _SPELLED.split()}
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")


def one_line(text: str) -> str:
    """Return the text on one line without control characters, at most LONGEST characters."""
    text = unicodedata.normalize("NFC", text[: LONGEST * 2])
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if unicodedata.category(c) not in ("Cs", "Cn", "Co")
    )
    return " ".join(kept.split())[:LONGEST].strip()


def tokens(text: str) -> list[str]:
    """Return the words in lower case, with inner apostrophes and without punctuation."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.casefold().replace("’", "'"))


_of_thread = local()


@lru_cache(maxsize=16384)
def stems(text: str, language: str) -> frozenset[str]:
    """Return the stems of the meaningful words; all stems if nothing else remains."""
    words = []
    for word in tokens(text):
        pairs = UNSPACED.fullmatch(word) and len(word) > 2
        words += [word[i : i + 2] for i in range(len(word) - 1)] if pairs else [word]
    telling = [w for w in words if w not in FILLER] if language == "en" else words
    return frozenset(_stemmer(language)(tuple(telling or words)))


def _stemmer(language: str) -> Callable[[Sequence[str]], Iterable[str]]:
    """Return the stemmer of this thread: it has state, so threads must not share it."""
    mine = _of_thread.__dict__
    if language not in mine:
        name = STEMMERS.get(language)
        mine[language] = snowballstemmer.stemmer(name).stemWords if name else tuple
    return mine[language]


def is_latin(text: str) -> bool:
    """Return whether most letters are Latin, so that English words can be added."""
    letters = [c for c in text if c.isalpha()]
    return not letters or sum(c < "\u0250" for c in letters) * 2 > len(letters)


def is_plain(text: str) -> bool:
    """Return whether a text consists of letters, digits and ordinary punctuation."""
    return not re.search(r"[<>{}\[\]|\\^~`=]|https?:", text)


def title_case(text: str) -> str:
    """Return the text in English title case; words that already have capitals keep them."""
    if text.isupper() and " " in text:
        text = text.lower()
    words = text.split(" ")
    last = len(words) - 1
    return " ".join(
        _cased(word, at in (0, last) or words[at - 1].endswith((":", "?")))
        for at, word in enumerate(words)
    )


def _cased(word: str, firm: bool) -> str:
    if any(c.isupper() for c in word):
        return word
    if word in SPELLED:
        return SPELLED[word]
    parts = word.split("-")
    return "-".join(
        part if part in SMALL and (at or not firm) else capitalise(part)
        for at, part in enumerate(parts)
    )


def capitalise(text: str) -> str:
    """Return the text with its first letter in upper case, the rest as it is: "¿Cuánto …?"."""
    at = 1 if text[:1] in ("¿", "¡") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def truncate(text: str, limit: int) -> str:
    """Return the text, shortened at a word boundary if it is longer than `limit`.

    A longer single word ends in an ellipsis, so that it does not look complete.
    """
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    head = head.rsplit(" ", 1)[0].rstrip(" ,.:;–-|&") if " " in head.strip() else ""
    return head or text[: limit - 1] + "…"


def slug_of(text: str, language: str = "en", script: str = LATIN) -> str:
    """Return the slug of a keyword; it is generated if the keyword has no letter or digit."""
    return slugs.slug_of(one_line(text), language, script=script)


def stable_hash(text: str) -> int:
    """Return a number that depends only on the text, the same in every process."""
    return crc32(text.encode("utf-8", "replace"))
