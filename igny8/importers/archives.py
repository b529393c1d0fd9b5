"""From a file to the streams inside it: plain text, gzip, ZIP; anything else is refused by name."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from igny8.importers.limits import MAX_MEMBERS, MAX_UNPACKED_BYTES, bad_file
from igny8.importers.streams import BROKEN, BoundedReads, LimitedStream, damaged, too_large

_HEAD = 4096
# the others unpack as much as they like from the smallest piece
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CURE = "Export the keywords as CSV or XLSX and import that file."
_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"BZh9", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "an RTF document"),
    (b"RIFF", "a media file"),
    (b"OggS", "a media file"),
    (b"ID3", "a media file"),
    (b"\xca\xfe\xba\xbe", "a program"),
)
_MARKUP = (
    (b"<!doctype html", "a web page without a table, perhaps the login page of the tool"),
    (b"<html", "a web page without a table, perhaps the login page of the tool"),
    (b"<?xml", "XML"),
)
_TEXT_NAMES = (".csv", ".tsv", ".tab", ".txt", ".md")
_OLE = b"\xd0\xcf\x11\xe0"  # old Excel files, and new ones with a password
_OLE_NAMES = (b"W\0o\0r\0k\0b\0o\0o\0k\0", b"B\0o\0o\0k\0")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Source:
    """A stream that can be opened repeatedly.

    `name` is the file's name, `member` its name inside a ZIP or ''.
    """

    name: str
    open: Callable[[], BinaryIO]
    member: str = ""


def opener(path: str | os.PathLike | bytes) -> Callable[[], BinaryIO]:
    """Return a function that opens the file, or the bytes themselves, from the beginning."""
    if isinstance(path, bytes):
        return lambda: io.BytesIO(path)
    return lambda: Path(path).open("rb")


def unpack(path: str | os.PathLike | bytes, filename: str) -> tuple[str, list[Source]]:
    """Return (kind, the sources): the text files found, or the workbook or page itself.

    The kind is "text", "html", "xlsx", "xls" or "ods".

    Raises ExternalError for a file that is empty, binary, damaged or too large.
    """
    open_it = opener(path)
    try:
        with open_it() as stream:
            head = stream.read(_HEAD)
    except OSError as missing:
        raise bad_file(f"{filename} could not be opened: {missing.strerror}.") from missing
    if not head:
        raise bad_file(f"{filename} is empty (0 bytes). Export it again.")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _open_zip(open_it, filename)
    if head[:2] == b"\x1f\x8b":
        source = Source(filename, _limited(lambda: _gunzip(open_it()), filename))
        with source.open() as stream:
            head = stream.read(_HEAD)
        refuse_binary(head, f"The file inside {filename}")
        return "text", [source]
    if head.startswith(_OLE):
        return "xls", [_old_excel(open_it, filename)]
    source = Source(filename, _limited(lambda: (open_it(),), filename))
    if _is_page_with_table(source, head):
        return "html", [source]
    refuse_binary(head, filename)
    if filename.lower().endswith((".zip", ".gz")):
        raise bad_file(
            f"{filename} is named like an archive, but is none: it may be damaged, or a text "
            "that was named so. Download or export it again, or name it .csv or .txt."
        )
    return "text", [source]


def _is_page_with_table(source: Source, head: bytes) -> bool:
    """Return whether a file is HTML and has a table: some tools name such a page .xls."""
    start = head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n").lower()
    if not start.startswith(
        (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head")
    ):
        return False
    before = b""
    with source.open() as stream:
        while chunk := stream.read(1 << 16):
            if b"<table" in (before + chunk).replace(b"\0", b"").lower():
                return True
            before = chunk[-16:]
    return False


def _old_excel(open_it: Callable[[], BinaryIO], filename: str) -> Source:
    """Return the source of an old Excel file; refuse what is protected or another document."""
    with open_it() as stream:
        data = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(data) > MAX_UNPACKED_BYTES:
        raise too_large(filename)
    if b"E\0n\0c\0r\0y\0p\0t\0" in data:
        raise bad_file(
            f"{filename} is protected by a password. Save it without one and import that."
        )
    if not any(name in data for name in _OLE_NAMES):
        raise bad_file(f"{filename} is an old office document, not a table of keywords. {_CURE}")
    return Source(filename, open_it)


def refuse_binary(head: bytes, name: str) -> None:
    """Raise ExternalError when the first bytes are those of something that is not text."""
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise bad_file(f"{name} is {what}, not a keyword file. {_CURE}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in _MARKUP:
        if start.startswith(magic):
            raise bad_file(f"{name} is {what}, not a keyword file. {_CURE}")
    if start.startswith((b'{"', b'[{"', b"{\n")):
        raise bad_file(f"{name} is JSON, not a keyword file. {_CURE}")
    if head.startswith(b"MZ") and b"\0" in head:
        raise bad_file(f"{name} is a program, not a keyword file. {_CURE}")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    controls = sum(byte < 32 and byte not in (0, 9, 10, 12, 13) for byte in head)
    if controls > max(2, len(head) // 50):
        raise bad_file(f"{name} is a binary file, not text. {_CURE}")


def _gunzip(stream: BinaryIO) -> tuple:
    return gzip.open(stream, "rb"), stream


def _limited(open_all: Callable[[], Sequence], name: str) -> Callable[[], BinaryIO]:
    def open_limited() -> BinaryIO:
        try:
            return io.BufferedReader(cast("io.RawIOBase", LimitedStream(open_all(), name)), 1 << 16)
        except BROKEN as broken:
            raise damaged(name, broken) from broken

    return open_limited


def _open_zip(open_it: Callable[[], BinaryIO], filename: str) -> tuple[str, list[Source]]:
    try:
        with open_it() as stream, zipfile.ZipFile(BoundedReads(stream)) as archive:
            members = archive.infolist()
            kind = (
                _beginning(archive, members[0])
                if members and members[0].filename == "mimetype"
                else b""
            )
    except BROKEN as broken:
        raise damaged(filename, broken) from broken
    names = {member.filename for member in members}
    if any(member.compress_type not in _METHODS for member in members):
        raise bad_file(
            f"{filename} is packed in an unusual way. Pack it as an ordinary ZIP. {_CURE}"
        )
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise too_large(filename)
    if len(members) > 10 * MAX_MEMBERS:
        raise bad_file(f"{filename} holds {len(members)} files. Import the one with the keywords.")
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx", [Source(filename, open_it)]
    if kind.startswith(_ODS):
        return "ods", [Source(filename, open_it)]
    if kind or "[Content_Types].xml" in names:
        raise bad_file(f"{filename} is an office document, not a table of keywords. {_CURE}")
    texts = [
        member
        for member in members
        if member.filename.lower().endswith(_TEXT_NAMES)
        and not member.filename.startswith("__MACOSX/")
    ][:MAX_MEMBERS]
    if not texts:
        seen = ", ".join(sorted(names)[:8]) or "nothing"
        raise bad_file(f"{filename} holds no CSV file (it holds {seen}). {_CURE}")
    if any(member.flag_bits & 1 for member in texts):
        raise bad_file(f"{filename} is protected by a password. Unpack it and import the CSV.")
    return "text", [_member(open_it, filename, member.filename) for member in texts]


def _beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return the first bytes of a member, and unpack no more of it than that."""
    if member.compress_type not in _METHODS:
        return b""
    with archive.open(member) as stream:
        return stream.read(60)


def _member(open_it: Callable[[], BinaryIO], filename: str, member: str) -> Source:
    def open_member() -> Sequence:
        stream = open_it()
        archive = zipfile.ZipFile(BoundedReads(stream))
        return archive.open(member), archive, stream

    name = f"{member} in {filename}"
    return Source(name, _limited(open_member, name), member)
