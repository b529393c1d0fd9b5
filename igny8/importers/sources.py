"""A stream of an uploaded file that can be opened repeatedly, within limits."""

import gzip
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from igny8.importers.streams import BROKEN, LimitedStream, damaged


@dataclass(frozen=True)
class Source:
    """A stream that can be opened repeatedly.

    `name` is the file's name, `member` its name inside a ZIP or ''; `path` is the file on disk with
    these bytes, or ''.
    """

    name: str
    open: Callable[[], BinaryIO]
    member: str = ""
    path: str = ""


def opener(path: str | os.PathLike | bytes) -> Callable[[], BinaryIO]:
    """Return a function that opens the file, or the given bytes, from the beginning."""
    if isinstance(path, bytes):
        return lambda: io.BytesIO(path)
    return lambda: Path(path).open("rb")


def gunzip(stream: BinaryIO) -> tuple:
    """Return the decompressed stream, and the compressed one to be closed with it."""
    return gzip.open(stream, "rb"), stream


def limited(open_all: Callable[[], Sequence], name: str) -> Callable[[], BinaryIO]:
    """Return a function that opens a stream limited in decompressed bytes.

    `open_all` returns that stream and those to be closed with it; `name` is used in errors.
    """

    def open_limited() -> BinaryIO:
        try:
            return io.BufferedReader(cast("io.RawIOBase", LimitedStream(open_all(), name)), 1 << 16)
        except BROKEN as broken:
            raise damaged(name, broken) from broken

    return open_limited
