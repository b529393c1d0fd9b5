"""Which encoding a text file has, and the line and byte where it breaks its own rules."""

import codecs
import io
import re
from dataclasses import dataclass

from igny8.errors import ExternalError
from igny8.importers.archives import Source
from igny8.importers.limits import MAX_LINE_CHARS, bad_file, bad_rows_allowed

_CHUNK = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(rb"[A-Za-z]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_CURE = "Open the file in a text editor, save it as UTF-8 and import it again."


@dataclass(frozen=True)
class Encoding:
    """An encoding: its codec, its name for people, and a warning when it was guessed."""

    codec: str
    label: str
    warning: str = ""


def detect(source: Source) -> Encoding:
    """Return the encoding of a source, having looked at every byte that decides it.

    A file of UTF-8 in which few lines are not is UTF-8 still: foreign_byte() finds those lines.
    Raises OutsideError, naming line and byte, for a file that mixes encodings."""
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
    if codec := _nul_pattern(head):
        return Encoding(codec, "UTF-16")
    bad = _first_bad_byte(source)
    return Encoding("utf-8", "UTF-8") if bad is None else _windows(source, *bad)


def foreign_byte(line: str) -> tuple[int, int] | None:
    """Return (byte, position from 1) of the first byte of a line that is not UTF-8, or None."""
    found = None if line.isascii() else _ESCAPED.search(line)
    return found and (ord(found[0]) - 0xDC00, found.start() + 1)


def line_of_offset(source: Source, offset: int) -> tuple[int, int]:
    """Return (line, position in the line), both from 1, of the byte at an offset."""
    line, before = 1, 0
    with source.open() as stream:
        left = offset
        while left and (chunk := stream.read(min(_CHUNK, left))):
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


def _first_bad_byte(source: Source) -> tuple[int, int] | None:
    """Return (offset, byte) of the first byte that is not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen = 0
    with source.open() as stream:
        while True:
            chunk = stream.read(_CHUNK)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as bad:
                return seen - waiting + bad.start, bad.object[bad.start]
            if not chunk:
                return None
            seen += len(chunk)


def _windows(source: Source, offset: int, byte: int) -> Encoding:
    """Return Windows-1252 for a file that is not UTF-8, or UTF-8 when but few of its lines are not.

    Raises OutsideError for a file that fits neither."""
    high = letters = seen = 0
    with source.open() as stream:
        while chunk := stream.read(_CHUNK):
            mixed, stray = _SEQUENCE.search(chunk), _NOT_CP1252.search(chunk)
            if (mixed or stray) and _few_bad_lines(source):
                return Encoding("utf-8", "UTF-8")
            if mixed:
                raise _mixed(source, offset, byte)
            if stray:
                raise _neither(source, seen + stray.start(), chunk[stray.start()])
            high += len(_HIGH.findall(chunk))
            letters += len(_LETTER.findall(chunk))
            seen += len(chunk)
    if high > 0.4 * (high + letters) and high > 3:
        raise _neither(source, offset, byte)
    line, _ = line_of_offset(source, offset)
    return Encoding(
        "cp1252",
        "Windows-1252",
        "The file is not UTF-8; it was read as Windows-1252 "
        f"(first seen in line {line}). Check accents and umlauts below.",
    )


def _few_bad_lines(source: Source) -> bool:
    """Tell whether so few lines are not UTF-8 that the others can be taken without them."""
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


def _neither(source: Source, offset: int, byte: int) -> ExternalError:
    line, column = line_of_offset(source, offset)
    return bad_file(
        f"{source.name} is neither UTF-8 nor Windows-1252: line {line} has the byte "
        f"0x{byte:02X} (byte {column} of the line). {_CURE}"
    )
