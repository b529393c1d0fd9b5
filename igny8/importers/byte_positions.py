"""Find bytes that an encoding does not allow, with their line and position."""

import codecs
import re

from igny8.importers.sources import Source

_CHUNK_BYTES = 1 << 16
_ESCAPED = re.compile("[\udc80-\udcff]")


def foreign_byte(line: str) -> tuple[int, int] | None:
    """Return (byte, position from 1) of the first byte of a line that is not UTF-8, or None."""
    found = None if line.isascii() else _ESCAPED.search(line)
    return found and (ord(found[0]) - 0xDC00, found.start() + 1)


def line_of_offset(source: Source, offset: int) -> tuple[int, int]:
    """Return (line, position in the line), both from 1, of a byte offset."""
    line, before = 1, 0
    with source.open() as stream:
        left = offset
        while left and (chunk := stream.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            line += chunk.count(b"\n")
            cut = chunk.rfind(b"\n")
            before = before + len(chunk) if cut < 0 else len(chunk) - cut - 1
    return line, before + 1


def first_bad_byte(source: Source, codec: str = "utf-8") -> tuple[int, int] | None:
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
