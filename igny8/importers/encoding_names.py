"""The encodings that are detected or can be chosen, with their display names."""

import codecs
from dataclasses import dataclass

from igny8.importers.limits import bad_file

# What may be chosen by hand or detected: codec and name for people.
LEGACY = {
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1252": "Windows-1252 (Western European)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift-JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Simplified Chinese)",
    "big5": "Big5 (Traditional Chinese)",
    "cp949": "EUC-KR (Korean)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "mac-roman": "Mac Roman (Western European)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
}
CHOICES = {"utf-8": "UTF-8", "utf-16": "UTF-16", **LEGACY}


@dataclass(frozen=True)
class Encoding:
    """An encoding: its codec, its display name, and how certain it is.

    `note` says that it was guessed; `candidates` are the codecs of similar likelihood, best first,
    empty if it is certain.
    """

    codec: str
    label: str
    note: str = ""
    candidates: tuple[str, ...] = ()


def chosen(name: str) -> Encoding:
    """Return the encoding that a person chose; raise ExternalError for an unknown one."""
    try:
        "a".encode(name.strip())  # refuses codecs that are no text encodings
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError, TypeError) as unknown:
        raise bad_file(
            f"The encoding {name[:40]!r} is not known. Use one of {', '.join(CHOICES)}."
        ) from unknown
    if codec == "utf-8":
        codec = "utf-8-sig"
    return Encoding(codec, CHOICES.get(codec.removesuffix("-sig"), codec.upper()))
