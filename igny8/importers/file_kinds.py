"""Recognise files without a table of keywords, and refuse them by name."""

from igny8.importers.limits import bad_file
from igny8.importers.sources import Source

CURE = "Export the keywords as CSV or XLSX and import that file."
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
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head")
OLE_NAMES = (b"W\0o\0r\0k\0b\0o\0o\0k\0", b"B\0o\0o\0k\0")


def is_page_with_table(source: Source, head: bytes) -> bool:
    """Return whether a file is HTML with a table: some tools name such a page .xls."""
    start = head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(_PAGE_STARTS) and _has_table(source)


def _has_table(source: Source) -> bool:
    before = b""
    with source.open() as stream:
        while chunk := stream.read(1 << 16):
            if b"<table" in (before + chunk).replace(b"\0", b"").lower():
                return True
            before = chunk[-16:]
    return False


def refuse_binary(head: bytes, name: str) -> None:
    """Raise ExternalError if the first bytes are not text."""
    if what := _what_it_is(head):
        raise bad_file(f"{name} is {what}, not a keyword file. {CURE}")
    if not head.startswith(_UTF16_MARKS) and _has_many_controls(head):
        raise bad_file(f"{name} is a binary file, not text. {CURE}")


def _what_it_is(head: bytes) -> str | None:
    """Return the kind of a file by its first bytes, None if it may be text."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, magic_bytes in ((head, _MAGIC), (text, _MARKUP)):
        for magic, what in magic_bytes:
            if start.startswith(magic):
                return what
    if text.startswith((b'{"', b'[{"', b"{\n")):
        return "JSON"
    return "a program" if head.startswith(b"MZ") and b"\0" in head else None


def _has_many_controls(head: bytes) -> bool:
    controls = sum(byte < 32 and byte not in (0, 9, 10, 12, 13) for byte in head)
    return controls > max(2, len(head) // 50)
