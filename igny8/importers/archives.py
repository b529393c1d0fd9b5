"""Open the streams inside a file: plain text, gzip or ZIP; other formats are refused by name."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from igny8.importers.file_kinds import CURE, OLE_NAMES, is_page_with_table, refuse_binary
from igny8.importers.limits import MAX_UNPACKED_BYTES, bad_file
from igny8.importers.sources import Source, gunzip, limited, opener
from igny8.importers.streams import too_large
from igny8.importers.zip_files import open_zip

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0"  # old Excel files, and new ones with a password


def unpack(path: str | os.PathLike | bytes, filename: str) -> tuple[str, list[Source]]:
    """Return (kind, sources): the text files found, or the workbook or page itself.

    The kind is "text", "html", "xlsx", "xls" or "ods".

    Raises ExternalError for a file that is empty, binary, damaged or too large.
    """
    open_it = opener(path)
    head = _first_bytes(open_it, filename)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        kind, sources = open_zip(open_it, filename)
        if kind != "text" and not isinstance(path, bytes):
            sources = [replace(source, path=os.fspath(path)) for source in sources]
        return kind, sources
    if head[:2] == b"\x1f\x8b":
        return "text", [_gzipped_text(open_it, filename)]
    if head.startswith(_OLE):
        return "xls", [_old_excel(open_it, filename)]
    source = Source(filename, limited(lambda: (open_it(),), filename))
    if is_page_with_table(source, head):
        return "html", [source]
    refuse_binary(head, filename)
    if filename.lower().endswith((".zip", ".gz")):
        raise bad_file(
            f"{filename} is named like an archive, but is none: it may be damaged, or a text "
            "that was named so. Download or export it again, or name it .csv or .txt."
        )
    return "text", [source]


def _first_bytes(open_it: Callable[[], BinaryIO], filename: str) -> bytes:
    """Return the first bytes of a file; raise ExternalError if it is empty."""
    try:
        with open_it() as stream:
            head = stream.read(_HEAD)
    except OSError as missing:
        raise bad_file(f"{filename} could not be opened: {missing.strerror}.") from missing
    if not head:
        raise bad_file(f"{filename} is empty (0 bytes). Export it again.")
    return head


def _gzipped_text(open_it: Callable[[], BinaryIO], filename: str) -> Source:
    """Return the source of the text in a gzip file."""
    source = Source(filename, limited(lambda: gunzip(open_it()), filename))
    with source.open() as stream:
        refuse_binary(stream.read(_HEAD), f"The file inside {filename}")
    return source


def _old_excel(open_it: Callable[[], BinaryIO], filename: str) -> Source:
    """Return the source of an old Excel file; refuse protected files and other documents."""
    with open_it() as stream:
        data = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(data) > MAX_UNPACKED_BYTES:
        raise too_large(filename)
    if b"E\0n\0c\0r\0y\0p\0t\0" in data:
        raise bad_file(
            f"{filename} is protected by a password. Save it without one and import that."
        )
    if not any(name in data for name in OLE_NAMES):
        raise bad_file(f"{filename} is an old office document, not a table of keywords. {CURE}")
    return Source(filename, open_it)
