"""Detect the encoding of a text file, and name the line and byte where it breaks its own rules.

Exact rules come first: byte order marks, NUL bytes, strict UTF-8. What is left is judged by
chardet among the encodings that spreadsheets write (docs/decisions/0023-workbooks-and-encodings.md
has the figures); where two of them are about as likely, a person chooses among samples.
"""

import codecs
import importlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from igny8.errors import ExternalError
from igny8.importers.archives import Source
from igny8.importers.limits import MAX_LINE_CHARS, bad_file, bad_rows_allowed

_CHUNK_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 15
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# What may be chosen by hand or detected: codec and name for people.
LEGACY = {
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1252": "Windows-1252 (Western European)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift-JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Simplified Chinese)",
    "big5": "Big5 (Traditional Chinese)",
    "cp949": "EUC-KR (Korean)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "mac-roman": "Mac Roman (Western European)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
}
CHOICES = {"utf-8": "UTF-8", "utf-16": "UTF-16", **LEGACY}
_ALIKE_RATIO = 0.75  # a second candidate this near to the first one makes a doubt
_WEAK_SCORE, _WEAK_RATIO = 0.1, 0.4  # and a weak first one is doubted sooner
MAX_CANDIDATES = 5
_ESCAPED = re.compile("[\udc80-\udcff]")
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
_CURE = "Open the file in a text editor, save it as UTF-8 and import it again."


@dataclass(frozen=True)
class Encoding:
    """An encoding: its codec, its name for people, and what was guessed.

    `note` says that it was guessed; `candidates` are the codecs that are about as likely, best
    first, empty without a doubt.
    """

    codec: str
    label: str
    note: str = ""
    candidates: tuple[str, ...] = ()


def chosen(name: str) -> Encoding:
    """Return the encoding that a person chose; raise ExternalError for an unknown one."""
    try:
        "a".encode(name.strip())  # refuses codecs that are no text encodings
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError, TypeError) as unknown:
        raise bad_file(
            f"The encoding {name[:40]!r} is not known. Use one of {', '.join(CHOICES)}."
        ) from unknown
    if codec == "utf-8":
        codec = "utf-8-sig"
    return Encoding(codec, CHOICES.get(codec.removesuffix("-sig"), codec.upper()))


def detect(source: Source) -> Encoding:
    """Return the encoding of a source, having looked at every byte that decides it.

    A file of UTF-8 in which few lines are not is UTF-8 still: foreign_byte() finds those lines.
    Raises ExternalError, naming line and byte, for a file that mixes encodings.
    """
    with source.open() as stream:
        head = stream.read(4096)
    for bom, codec, label in _BOMS:
        if head.startswith(bom):
            if (
                codec == "utf-8-sig"
                and (bad := _first_bad_byte(source)) is not None
                and not _few_bad_lines(source)
            ):
                raise _mixed(source, *bad)
            return Encoding(codec, label)
    if wide := _nul_pattern(head):
        return Encoding(wide, "UTF-16")
    bad = _first_bad_byte(source)
    return Encoding("utf-8", "UTF-8") if bad is None else _legacy(source, *bad)


def foreign_byte(line: str) -> tuple[int, int] | None:
    """Return (byte, position from 1) of the first byte of a line that is not UTF-8, or None."""
    found = None if line.isascii() else _ESCAPED.search(line)
    return found and (ord(found[0]) - 0xDC00, found.start() + 1)


def line_of_offset(source: Source, offset: int) -> tuple[int, int]:
    """Return (line, position in the line), both from 1, of the byte at an offset."""
    line, before = 1, 0
    with source.open() as stream:
        left = offset
        while left and (chunk := stream.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            line += chunk.count(b"\n")
            cut = chunk.rfind(b"\n")
            before = before + len(chunk) if cut < 0 else len(chunk) - cut - 1
    return line, before + 1


def _nul_pattern(head: bytes) -> str | None:
    """Return the UTF-16 that the places of NUL bytes give away, or None."""
    half = len(head) // 2
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    if half and odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if half and even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _first_bad_byte(source: Source, codec: str = "utf-8") -> tuple[int, int] | None:
    """Return (offset, byte) of the first byte that a codec cannot decode, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    seen = 0
    with source.open() as stream:
        while True:
            chunk = stream.read(_CHUNK_BYTES)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as bad:
                return seen - waiting + bad.start, bad.object[bad.start]
            if not chunk:
                return None
            seen += len(chunk)


def _legacy(source: Source, offset: int, byte: int) -> Encoding:
    """Return the encoding of a file that is not UTF-8, or UTF-8 when but few of its lines are not.

    Raises ExternalError for a file that mixes encodings or fits none.
    """
    sample, valid, invalid = _sample(source)
    if valid and _few_bad_lines(source):
        return Encoding("utf-8", "UTF-8")
    if valid and 4 * valid >= invalid:
        raise _mixed(source, offset, byte)
    ranked = [
        (score, codec) for score, codec in _ranked(sample) if _first_bad_byte(source, codec) is None
    ][:MAX_CANDIDATES]
    if not ranked:
        raise _none_fits(source, offset, byte)
    best_score, best = ranked[0]
    ratio = ranked[1][0] / best_score if len(ranked) > 1 and best_score else 0.0
    in_doubt = ratio >= _ALIKE_RATIO or (best_score < _WEAK_SCORE and ratio >= _WEAK_RATIO)
    line, _ = line_of_offset(source, offset)
    note = (
        f"The file is not UTF-8; it was read as {LEGACY[best]} (first seen in line {line}). "
        "Check accents and umlauts below."
    )
    return Encoding(
        best, LEGACY[best].split(" (")[0], note, tuple(c for _, c in ranked) if in_doubt else ()
    )


def _sample(source: Source) -> tuple[bytes, int, int]:
    """Return lines with bytes above 127, and how many of all such lines are UTF-8 and are not."""
    lines, size, valid, invalid = [], 0, 0, 0
    with source.open() as stream:
        for line in _byte_lines(stream):
            if line.isascii():
                continue
            try:
                line.decode()
                valid += 1
            except UnicodeDecodeError:
                invalid += 1
            if size < _SAMPLE_BYTES:
                lines.append(line)
                size += len(line)
    return b"\n".join(lines), valid, invalid


def _byte_lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_CHARS):
        yield from line.split(b"\r")


def _ranked(sample: bytes) -> list[tuple[float, str]]:
    """Return (score, codec) of the encodings that a sample may have, best first.

    Of those that decode it to the same text, one stays.
    """
    chardet = importlib.import_module("chardet")  # takes 0.15 s; few files need it

    found: dict[str, tuple[float, str]] = {}
    for guess in chardet.detect_all(
        sample, ignore_threshold=True, include_encodings=list(LEGACY), compat_names=False
    ):
        codec = _our_name(guess["encoding"])
        if codec is None:
            continue
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        score = guess["confidence"] * _plausibility(text, codec)
        if text not in found or found[text][0] < score:
            found[text] = (score, codec)
    # few characters tell chardet little; that all of them are everyday ones tells more
    near_best = (1 + _ALIKE_RATIO) / 2 * max((score for score, _ in found.values()), default=0.0)
    for codec in _COMMON_LEADS:
        text = sample.decode(codec, "replace")
        if "\ufffd" not in text and _common_share(text, codec) >= _EVERYDAY_SHARE:
            found[text] = (max(near_best, found.get(text, (0.0, ""))[0]), codec)
    return sorted(found.values(), key=lambda pair: -pair[0])


def _our_name(encoding: str | None) -> str | None:
    try:
        wanted = codecs.lookup(encoding or "").name
    except LookupError:
        return None
    return next((codec for codec in LEGACY if codecs.lookup(codec).name == wanted), None)


def _plausibility(text: str, codec: str) -> float:
    """Return 0 to 1: how much of a text's letters beyond ASCII stand as they do in words.

    Of East Asian texts: how many of the characters are of the common half of their standard.
    """
    if codec in _COMMON_LEADS:
        return _common_share(text, codec) ** 3
    high, odd, before = 0, 0.0, ""
    for mark in text:
        if mark > "\x7f":
            high += 1
            misplaced = mark.isupper() and before.islower()
            strange = not mark.isalpha() and mark not in _COMMON_MARKS
            rare = mark in "ªºµƒˆ" or "\ue000" <= mark <= "\uf8ff" or "\uff61" <= mark <= "\uff9f"
            odd += misplaced or strange or rare
        elif mark.isupper() and before.islower() and before > "\x7f":
            odd += 0.5
        before = mark
    return (1 - min(odd, high) / max(high, 1)) ** 3


def _common_share(text: str, codec: str) -> float:
    leads = _COMMON_LEADS[codec]
    high = [mark for mark in text if mark > "\x7f"]
    common = sum(
        mark in _COMMON_MARKS
        or (len(code := mark.encode(codec, "replace")) == 2 and code[0] in leads)
        for mark in high
    )
    return common / max(len(high), 1)


def _few_bad_lines(source: Source) -> bool:
    """Return whether so few lines are not UTF-8 that the others can be taken without them."""
    lines = bad = 0
    with io.TextIOWrapper(source.open(), encoding="utf-8", errors="surrogateescape") as text:
        while line := text.readline(MAX_LINE_CHARS):
            lines += 1
            bad += foreign_byte(line) is not None
    return bad <= bad_rows_allowed(lines)


def _mixed(source: Source, offset: int, byte: int) -> ExternalError:
    line, column = line_of_offset(source, offset)
    return bad_file(
        f"{source.name} mixes encodings: line {line} has the byte 0x{byte:02X} "
        f"(byte {column} of the line), which is not UTF-8 as the rest is. {_CURE}"
    )


def _none_fits(source: Source, offset: int, byte: int) -> ExternalError:
    line, column = line_of_offset(source, offset)
    return bad_file(
        f"{source.name} has no known encoding: line {line} has the byte "
        f"0x{byte:02X} (byte {column} of the line). {_CURE}"
    )
