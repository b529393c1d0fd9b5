"""The parts of an XLSX workbook as XML elements, without trusting the file."""

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from xml.etree import ElementTree  # no declaration ever comes to it, see below # nosec B405

from igny8.importers.archives import BROKEN, BoundedReads, Source, damaged, too_large
from igny8.importers.limits import MAX_UNPACKED_BYTES

_CHUNK = 1 << 18
_MAX_PIECE = 1 << 20
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?(?:worksheet|sst))(?=[\s>])[^<>]*(?<!/)>")


def elements(source: Source, part: str, tag: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of one tag, parsed some hundred at a time: that is fast, and small.

    Only what stands between the first and the last of them is parsed, so that no declaration of
    entities is ever seen."""
    tag_name = tag.encode()
    first = re.compile(rb"<(?:[\w.-]+:)?" + tag_name + rb"[\s/>]")
    waiting, root = b"", None
    for chunk in chunks(source, part):
        waiting += chunk
        if root is None:
            root, start = _ROOT.search(waiting), first.search(waiting)
            if not root or not start:
                root = None
                if len(waiting) > _MAX_PIECE:
                    return
                continue
            waiting = waiting[start.start() :]
        end = max(waiting.rfind(b"</" + tag_name + b">"), waiting.rfind(b":" + tag_name + b">"))
        if end < 0:
            if len(waiting) > _MAX_PIECE:
                raise damaged(source.name, f"{part} has a {tag} that is too long")
            continue
        end = waiting.index(b">", end) + 1
        piece, waiting = waiting[:end], waiting[end:]
        try:
            parsed = ElementTree.fromstring(  # what stands between two rows declares nothing # nosec B314
                root[0] + piece + b"</" + root[1] + b">"
            )
        except ElementTree.ParseError as broken:
            raise damaged(source.name, broken) from broken
        yield from (element for element in parsed if element.tag.rpartition("}")[2] == tag)


def small(source: Source, part: str, tag: str) -> list[ElementTree.Element]:
    """Return the elements of one tag in a small part of the workbook."""
    text = b"".join(islice(chunks(source, part), 8))
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise damaged(source.name, f"{part} declares entities")
    try:
        return [
            each
            for each in ElementTree.fromstring(text).iter()  # declarations were refused above # nosec B314
            if each.tag.rpartition("}")[2] == tag
        ]
    except (ElementTree.ParseError, ValueError) as broken:
        raise damaged(source.name, broken) from broken


def chunks(source: Source, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part; raise OutsideError when it is damaged or too large."""
    size = 0
    try:
        with (
            source.open() as file,
            zipfile.ZipFile(BoundedReads(file)) as archive,
            archive.open(part) as stream,
        ):
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > MAX_UNPACKED_BYTES:
                    raise too_large(source.name)
                yield chunk
    except BROKEN as broken:
        raise damaged(source.name, broken) from broken
