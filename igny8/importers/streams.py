"""Streams with a limit on decompressed bytes, and errors for damaged and too large files."""

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO

from igny8.errors import ExternalError
from igny8.importers.limits import MAX_UNPACKED_BYTES, bad_file

# What broken archives raise from inside the standard library.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    OSError,
)
MAX_BYTES_PER_READ = 1 << 20


class BoundedReads:
    """File object for zipfile that raises BadZipFile for reads above MAX_BYTES_PER_READ.

    zipfile reads the whole list of members at once, which may be huge.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.close, self.seekable = (
            stream.seek,
            stream.tell,
            stream.close,
            stream.seekable,
        )

    def read(self, size: int = -1) -> bytes:
        """Return at most MAX_BYTES_PER_READ bytes; raise BadZipFile if more were requested."""
        found = self._stream.read(
            MAX_BYTES_PER_READ + 1 if size < 0 else min(size, MAX_BYTES_PER_READ + 1)
        )
        if len(found) > MAX_BYTES_PER_READ:
            raise zipfile.BadZipFile("it lists too many files")
        return found


class LimitedStream(io.RawIOBase):
    """A stream that raises ExternalError beyond a limit of decompressed bytes.

    Reads the first of `streams` and closes all of them, as an archive does not close its file.
    """

    def __init__(self, streams: Sequence, name: str) -> None:
        super().__init__()
        self._streams, self._name, self._left = streams, name, MAX_UNPACKED_BYTES

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill a buffer and return the number of bytes; raise ExternalError beyond the limit."""
        try:
            chunk = self._streams[0].read(len(buffer))
        except BROKEN as broken:
            raise damaged(self._name, broken) from broken
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._name)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close all streams."""
        if not self.closed:
            for stream in self._streams:
                stream.close()
        super().close()


def damaged(name: str, why: object = "") -> ExternalError:
    """Return the error for a truncated or damaged archive."""
    detail = f" ({why})" if str(why) else ""
    return bad_file(
        f"{name} is damaged or was not downloaded completely{detail}. Download or export it again."
    )


def too_large(name: str) -> ExternalError:
    """Return the error for a file that decompresses to more than the limit."""
    return bad_file(
        f"{name} holds more than {MAX_UNPACKED_BYTES // 2**20} MB when unpacked. "
        "Split the export into smaller files."
    )
