"""Rank the possible encodings of a text: by chardet, and by how common its characters are."""

import codecs
import importlib
import re
from itertools import pairwise

from igny8.importers.alphabets import share_in_one_language
from igny8.importers.encoding_names import LEGACY

ALIKE_RATIO = 0.75  # a second candidate this near to the first one makes a doubt
_COMMON_MARKS = frozenset("“”‘’–—…€£¥°²³®™«»·¿¡・ー々。、「」（）％＆！？： 　\u200c\u200d")
# First bytes of the characters that are in everyday use: level 1 of GB 2312, Big5 and JIS X 0208
# (with kana), and the Hangul of KS X 1001 without Hanja.
_COMMON_LEADS = {
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
    "cp932": (*range(0x81, 0x84), *range(0x88, 0x99)),
    "euc-jp": (0xA4, 0xA5, *range(0xB0, 0xD0)),
}
_EVERYDAY_SHARE = 0.98
_CONTROLS = re.compile("[\x80-\x9f]")


def ranked_encodings(sample: bytes) -> list[tuple[float, str]]:
    """Return (score, codec) of the possible encodings of a sample, best first.

    Of encodings that decode it to the same text, one is kept.
    """
    found: dict[str, tuple[float, str]] = {}
    for confidence, codec in _guesses(sample):
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        score = confidence * _plausibility(text, codec)
        if text not in found or found[text][0] < score:
            found[text] = (score, codec)
    _raise_everyday(found, sample)
    return sorted(found.values(), key=lambda pair: -pair[0])


def _guesses(sample: bytes) -> list[tuple[float, str]]:
    """Return (confidence, codec) of chardet's guesses among our encodings."""
    chardet = importlib.import_module("chardet")  # takes 0.15 s; few files need it
    guesses = chardet.detect_all(
        sample, ignore_threshold=True, include_encodings=list(LEGACY), compat_names=False
    )
    named = [(guess["confidence"], _our_name(guess["encoding"])) for guess in guesses]
    return [(confidence, codec) for confidence, codec in named if codec is not None]


def _raise_everyday(found: dict[str, tuple[float, str]], sample: bytes) -> None:
    """Raise the score of East Asian texts with almost only common characters.

    With few characters chardet is unreliable; that all of them are common is better evidence.
    """
    near_best = (1 + ALIKE_RATIO) / 2 * max((score for score, _ in found.values()), default=0.0)
    for codec in _COMMON_LEADS:
        text = sample.decode(codec, "replace")
        if "\ufffd" not in text and _common_share(text, codec) >= _EVERYDAY_SHARE:
            found[text] = (max(near_best, found.get(text, (0.0, ""))[0]), codec)


def _our_name(encoding: str | None) -> str | None:
    try:
        wanted = codecs.lookup(encoding or "").name
    except LookupError:
        return None
    return next((codec for codec in LEGACY if codecs.lookup(codec).name == wanted), None)


def _plausibility(text: str, codec: str) -> float:
    """Return 0 to 1: the share of non-ASCII letters that occur as they do in words.

    Letters that no language has side by side reduce it; control characters exclude an encoding. For
    East Asian texts it is the share of characters in the common half of their standard.
    """
    if codec in _COMMON_LEADS:
        return _common_share(text, codec) ** 3
    if _CONTROLS.search(text):
        return 0.0
    high, odd = 0, 0.0
    for before, mark in pairwise(f" {text}"):
        is_capital_within = mark.isupper() and before.islower()
        if mark > "\x7f":
            high += 1
            odd += is_capital_within or _is_strange(mark)
        elif is_capital_within and before > "\x7f":
            odd += 0.5
    return ((1 - min(odd, high) / max(high, 1)) * share_in_one_language(text)) ** 3


def _is_strange(mark: str) -> bool:
    """Return whether a non-ASCII character is very rare in keywords."""
    is_sign = not mark.isalpha() and mark not in _COMMON_MARKS
    is_rare = mark in "ªºµƒˆ" or "\ue000" <= mark <= "\uf8ff" or "\uff61" <= mark <= "\uff9f"
    return is_sign or is_rare


def _common_share(text: str, codec: str) -> float:
    """Return the share of non-ASCII characters in the common half of their standard, 0 to 1."""
    high = [mark for mark in text if mark > "\x7f"]
    common = sum(mark in _COMMON_MARKS or _has_common_lead(mark, codec) for mark in high)
    return common / max(len(high), 1)


def _has_common_lead(mark: str, codec: str) -> bool:
    code = mark.encode(codec, "replace")
    return len(code) == 2 and code[0] in _COMMON_LEADS[codec]
