"""Decompress the parts of a workbook in chunks; refuse large ones and those with declarations.

The library decompresses whole parts without a limit, so each is checked first.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from igny8.importers.limits import MAX_UNPACKED_BYTES
from igny8.importers.sources import Source
from igny8.importers.streams import BROKEN, BoundedReads, damaged, too_large

_CHUNK_BYTES = 1 << 18
_SMALL_CHUNKS = 16
_DECLARES = (b"<!DOCTYPE", b"<!ENTITY")
_ENCODING = re.compile(rb"<\?xml[^<>]{0,200}encoding\s{0,9}=\s{0,9}[\"']([\w.-]{1,40})")


class WorkbookParts:
    """The parts of a workbook to read (`names`); each is decompressed once."""

    def __init__(
        self, source: Source, archive: zipfile.ZipFile, is_read: Callable[[str], bool]
    ) -> None:
        self.source, self._archive = source, archive
        self.names = frozenset(filter(is_read, archive.namelist()))
        self._checked: set[str] = set()
        self._size = 0

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a part; raise ExternalError for an unsafe part."""
        self._checked.add(name)
        is_first, before = True, b""
        with self._archive.open(name) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                if is_first:
                    self._require_utf8(name, chunk)
                if any(mark in before + chunk for mark in _DECLARES):
                    raise damaged(self.source.name, f"{name} declares entities")
                is_first, before = False, chunk[-16:]
                self._size += len(chunk)
                if self._size > MAX_UNPACKED_BYTES:
                    raise too_large(self.source.name)
                yield chunk

    def small(self, name: str) -> bytes:
        """Return a part, cut after some megabytes; b"" if the workbook does not have it."""
        if name not in self.names:
            return b""
        return b"".join([chunk for at, chunk in enumerate(self.chunks(name)) if at < _SMALL_CHUNKS])

    def check_rest(self) -> None:
        """Decompress the parts that were not read yet, to check them as well."""
        for name in self.names - self._checked:
            for _ in self.chunks(name):
                pass

    def _require_utf8(self, name: str, start: bytes) -> None:
        """Raise ExternalError if the encoding of a part would hide its declarations."""
        declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf").lstrip())
        if (
            start[:2] in (b"\xff\xfe", b"\xfe\xff")
            or b"\0" in start[:64]
            or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii"))
        ):
            raise damaged(self.source.name, f"{name} is not UTF-8")


@contextmanager
def opened_parts(source: Source, is_read: Callable[[str], bool]) -> Iterator[WorkbookParts]:
    """Yield the parts of a workbook to read; raise ExternalError for a damaged one."""
    try:
        with source.open() as file, zipfile.ZipFile(BoundedReads(file)) as archive:
            yield WorkbookParts(source, archive, is_read)
    except BROKEN as broken:
        raise damaged(source.name, broken) from broken
