"""Detect the encoding of a text file, and report the line and byte where it is invalid.

Exact rules come first: byte order marks, NUL bytes, strict UTF-8. Otherwise chardet chooses among
the encodings that spreadsheets write (docs/decisions/0023-workbooks-and-encodings.md has the
figures); if two are about equally likely, a person chooses by samples.
"""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from igny8.errors import ExternalError
from igny8.importers.byte_positions import first_bad_byte, foreign_byte, line_of_offset
from igny8.importers.encoding_names import LEGACY, Encoding
from igny8.importers.legacy_encodings import ALIKE_RATIO, ranked_encodings
from igny8.importers.limits import MAX_LINE_CHARS, bad_file, bad_rows_allowed
from igny8.importers.sources import Source

_SAMPLE_BYTES = 1 << 15
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_WEAK_SCORE, _WEAK_RATIO = 0.1, 0.4  # and a weak first one is doubted sooner
MAX_CANDIDATES = 5
_CURE = "Open the file in a text editor, save it as UTF-8 and import it again."


def detect(source: Source) -> Encoding:
    """Return the encoding of a source after checking every relevant byte.

    A UTF-8 file with a few invalid lines still counts as UTF-8: foreign_byte() finds those lines.
    Raises ExternalError, with line and byte, for a file that mixes encodings.
    """
    with source.open() as stream:
        head = stream.read(4096)
    for bom, codec, label in _BOMS:
        if head.startswith(bom):
            if codec == "utf-8-sig":
                _refuse_mixed(source)
            return Encoding(codec, label)
    if wide := _nul_pattern(head):
        return Encoding(wide, "UTF-16")
    bad = first_bad_byte(source)
    return Encoding("utf-8", "UTF-8") if bad is None else _legacy(source, *bad)


def _refuse_mixed(source: Source) -> None:
    """Raise ExternalError if a file marked as UTF-8 has more than a few invalid lines."""
    bad = first_bad_byte(source)
    if bad is not None and not _few_bad_lines(source):
        raise _mixed(source, *bad)


def _nul_pattern(head: bytes) -> str | None:
    """Return the UTF-16 variant indicated by the positions of NUL bytes, or None."""
    half = len(head) // 2
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    if half and odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if half and even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _legacy(source: Source, offset: int, byte: int) -> Encoding:
    """Return the encoding of a file that is not valid UTF-8, or UTF-8 if few lines are invalid.

    Raises ExternalError for a file that mixes encodings or matches none.
    """
    sample, valid, invalid = _sample(source)
    if valid and _few_bad_lines(source):
        return Encoding("utf-8", "UTF-8")
    if valid and 4 * valid >= invalid:
        raise _mixed(source, offset, byte)
    ranked = [
        (score, codec)
        for score, codec in ranked_encodings(sample)
        if first_bad_byte(source, codec) is None
    ][:MAX_CANDIDATES]
    if not ranked:
        raise _none_fits(source, offset, byte)
    best, candidates = ranked[0][1], tuple(codec for _, codec in ranked)
    line, _ = line_of_offset(source, offset)
    note = (
        f"The file is not UTF-8; it was read as {LEGACY[best]} (first seen in line {line}). "
        "Check accents and umlauts below."
    )
    label = LEGACY[best].split(" (")[0]
    return Encoding(best, label, note, candidates if _is_in_doubt(ranked) else ())


def _is_in_doubt(ranked: list[tuple[float, str]]) -> bool:
    """Return whether the second of these (score, codec) is about as likely as the first."""
    best_score = ranked[0][0]
    ratio = ranked[1][0] / best_score if len(ranked) > 1 and best_score else 0.0
    return ratio >= ALIKE_RATIO or (best_score < _WEAK_SCORE and ratio >= _WEAK_RATIO)


def _sample(source: Source) -> tuple[bytes, int, int]:
    """Return lines with bytes above 127, and how many of these are valid UTF-8 and are not."""
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


def _byte_lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE_CHARS):
        yield from line.split(b"\r")


def _few_bad_lines(source: Source) -> bool:
    """Return whether so few lines are invalid UTF-8 that the others can be imported."""
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
