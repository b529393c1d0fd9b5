"""Open a ZIP file: a workbook, or the text files in it."""

import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO

from igny8.importers.file_kinds import CURE
from igny8.importers.limits import MAX_MEMBERS, MAX_UNPACKED_BYTES, bad_file
from igny8.importers.sources import Source, limited
from igny8.importers.streams import BROKEN, BoundedReads, damaged, too_large

# the others unpack as much as they like from the smallest piece
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TEXT_NAMES = (".csv", ".tsv", ".tab", ".txt", ".md")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def open_zip(open_it: Callable[[], BinaryIO], filename: str) -> tuple[str, list[Source]]:
    """Return (kind, sources) of a ZIP: "xlsx" or "ods", or "text" with the text files in it.

    Raises ExternalError for an archive that is damaged, too large or without a table.
    """
    members, media_type = _members(open_it, filename)
    _refuse_unusual(members, filename)
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx", [Source(filename, open_it)]
    if media_type.startswith(_ODS):
        return "ods", [Source(filename, open_it)]
    if media_type or "[Content_Types].xml" in names:
        raise bad_file(f"{filename} is an office document, not a table of keywords. {CURE}")
    texts = _text_members(members, filename)
    return "text", [_member(open_it, filename, member.filename) for member in texts]


def _members(open_it: Callable[[], BinaryIO], filename: str) -> tuple[list[zipfile.ZipInfo], bytes]:
    """Return the members of an archive, and the media type in its first member, if any."""
    try:
        with open_it() as stream, zipfile.ZipFile(BoundedReads(stream)) as archive:
            members = archive.infolist()
            has_type = bool(members) and members[0].filename == "mimetype"
            return members, _beginning(archive, members[0]) if has_type else b""
    except BROKEN as broken:
        raise damaged(filename, broken) from broken


def _refuse_unusual(members: Sequence[zipfile.ZipInfo], filename: str) -> None:
    """Raise ExternalError for unusual compression, or too many bytes or files."""
    if any(member.compress_type not in _METHODS for member in members):
        raise bad_file(
            f"{filename} is packed in an unusual way. Pack it as an ordinary ZIP. {CURE}"
        )
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise too_large(filename)
    if len(members) > 10 * MAX_MEMBERS:
        raise bad_file(f"{filename} holds {len(members)} files. Import the one with the keywords.")


def _text_members(members: Sequence[zipfile.ZipInfo], filename: str) -> list[zipfile.ZipInfo]:
    """Return the text files of an archive; raise ExternalError if none can be read."""
    texts = [member for member in members if _is_text_file(member.filename)][:MAX_MEMBERS]
    if not texts:
        seen = ", ".join(sorted({member.filename for member in members})[:8]) or "nothing"
        raise bad_file(f"{filename} holds no CSV file (it holds {seen}). {CURE}")
    if any(member.flag_bits & 1 for member in texts):
        raise bad_file(f"{filename} is protected by a password. Unpack it and import the CSV.")
    return texts


def _is_text_file(name: str) -> bool:
    return name.lower().endswith(_TEXT_NAMES) and not name.startswith("__MACOSX/")


def _beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return the first bytes of a member without decompressing more."""
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
    return Source(name, limited(open_member, name), member)
