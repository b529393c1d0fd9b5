"""Publish an article as a file with its images, in a folder or a Git repository.

The file contains the marker. Its name is chosen once: a file of another origin with that name is
left alone, and a file with the marker is adopted (docs/publishing.md#files).
"""

import hashlib
import posixpath
import re
from functools import partial
from pathlib import Path
from typing import Any

from igny8.engine.publications.work import RemoteChanged, RemoteMissing, Work
from igny8.publishing import Image
from igny8.publishing.files import file_name
from igny8.publishing.requests import TargetError
from igny8.publishing.site_files import FORMATS, FileInfo, image_folder, path_of
from igny8.publishing.stores import Moved, Store

MAX_ROUNDS = 5  # how often the store may change under our hands in one attempt
MAX_NAMES = 50
BUSY = "The target changes all the time; trying again later."
MARK = re.compile(rb"igny8:([0-9a-f]{16}):([0-9a-f]{16})")
RECORD_LOST = (
    "The file is there already, and the record of it is lost, as after a restored backup. Compare "
    "it with this version; nothing was overwritten."
)


def publish_files(work: Work, store: Store) -> None:
    """Carry out the remaining steps of a publication; raise what stops it."""
    for _ in range(MAX_ROUNDS):
        try:
            store.refresh()
            name, is_new = _name(work, store)
            files = _render(work, name)
            if store.read(name) != files[name]:
                _write(work, store, name, is_new, files)
        except Moved:
            continue
        _settle(work, store, name, files)
        return
    raise TargetError(BUSY, "busy")


def check_files(work: Work, store: Store) -> None:
    """Check that the files are unchanged; raise RemoteMissing or RemoteChanged."""
    try:
        store.refresh()
    except Moved as moved:
        raise TargetError(BUSY, "busy") from moved
    progress = work.state["progress"]
    _require_unchanged(work, store, progress["name"])
    missing = [each for each in progress["files"] if store.read(each) is None]
    if missing:
        raise RemoteChanged(f"Files were deleted at the target: {', '.join(missing)}.")


def remove_files(work: Work, store: Store) -> None:
    """Remove the files that were written; raise RemoteChanged if a person changed the text."""
    for _ in range(MAX_ROUNDS):
        try:
            store.refresh()
            progress = work.state["progress"]
            left = [each for each in progress.get("files", ()) if store.read(each) is not None]
            if progress.get("name") in left:
                _require_unchanged(work, store, progress["name"])
            if left:
                work.intend("remove")
                why = f"Remove “{work.text.title}”\n\nigny8:{work.claim.marker}\n"
                store.write({}, "", False, left, why)
        except Moved:
            continue
        work.settle_removed()
        return
    raise TargetError(BUSY, "busy")


def _write(work: Work, store: Store, name: str, is_new: bool, files: dict[str, bytes]) -> None:
    known = set(work.state["progress"].get("files", ()))
    work.intend("write", file=name, version=work.version[:16])
    verb = "Publish" if is_new else "Update"
    why = f"{verb} “{work.text.title}”\n\nigny8:{work.claim.marker}:{work.version[:16]}\n"
    store.write(files, name, is_new, sorted(known - set(files)), why)


def _settle(work: Work, store: Store, name: str, files: dict[str, bytes]) -> None:
    """Read back the written files and end the work; raise TargetError if they are missing."""
    progress = {"name": name, "files": sorted(files)}
    where = {"remote_id": work.claim.marker, "remote_url": _url(work, name)}
    work.store("written", progress, remote_hash=_hash(files[name]), **where)
    store.refresh()
    if store.read(name) != files[name]:
        raise TargetError(f"{name} is not there as it was written; trying again.", "folder")
    missing = [each for each in files if store.read(each) is None]
    proof: list[dict[str, Any]] = [_row("File", True, name)]
    if len(files) > 1 or missing:
        proof.append(_row("Images", not missing, ", ".join(missing)))
    chosen = FORMATS[work.target.options["format"]]
    if work.claim.wanted == "draft" and not chosen.can_draft:
        proof.append(_row("Status", False, f"{chosen.label} know no drafts"))
    work.settle(step="done", remote_hash=_hash(files[name]), proof=proof)


def _name(work: Work, store: Store) -> tuple[str, bool]:
    """Return the name of the file, and whether it is new."""
    stored = work.state["progress"].get("name")
    if work.state["remote_id"] and stored:
        _require_unchanged(work, store, stored)
        return stored, False
    for number in range(1, MAX_NAMES + 1):
        name = path_of(_pattern(work), work.text, _info(work, ""), number)
        data = store.read(name)
        if data is None:
            return name, True
        if _marker_of(data) == work.claim.marker.encode():
            if not _is_ours(work, data):
                _adopt(work, name)
            work.resume("Found at the target.")
            return name, False
    raise TargetError(f"All names like {name} are taken.", "refused", permanent=True)


def _adopt(work: Work, name: str) -> None:
    """Adopt a file with our marker that is not recorded, unless it is to be replaced."""
    work.store("created", {"name": name}, remote_id=work.claim.marker, remote_hash="unknown")
    if not work.claim.overwrite:
        raise RemoteChanged(RECORD_LOST)


def _require_unchanged(work: Work, store: Store, name: str) -> None:
    """Raise RemoteMissing or RemoteChanged unless the file is unchanged."""
    data = store.read(name)
    if data is None:
        raise RemoteMissing(f"{name} was deleted at the target. “Publish again” writes it anew.")
    work.resume("Found at the target.")
    is_known = _hash(data) == work.state["remote_hash"] or _is_ours(work, data)
    if not is_known and not work.claim.overwrite:
        if work.state["remote_hash"] == "unknown":
            raise RemoteChanged(RECORD_LOST)
        raise RemoteChanged(f"{name} was changed by a person; nothing was overwritten.")


def _is_ours(work: Work, data: bytes) -> bool:
    """Return whether the data were written by an attempt whose answer was lost."""
    intent = work.state["intent"] or {}
    found = MARK.search(data)
    return (
        intent.get("name") == "write"
        and found is not None
        and found[2] == intent["version"].encode()
    )


def _render(work: Work, name: str) -> dict[str, bytes]:
    """Return the files of the article by name; raise an error if an image file is missing."""
    files: dict[str, bytes] = {}
    for image in work.text.images:
        try:
            files[_image_name(work, name, image)] = Path(image.path).read_bytes()
        except OSError as error:
            raise TargetError(
                f"The image {image.file_name} cannot be read: {error.strerror}.", permanent=True
            ) from error
    chosen = FORMATS[work.target.options["format"]]
    return files | {name: chosen.render(work.text, _info(work, name)).encode()}


def _info(work: Work, name: str) -> FileInfo:
    options = work.target.options
    return FileInfo(
        marker=work.claim.marker,
        version=work.version,
        date=work.claim.created_at,
        is_draft=work.claim.wanted == "draft",
        topic=work.topic,
        url=_url(work, name),
        image_url=partial(_image_url, work, name),
        image_base=options.get("image_url", ""),
        zone=work.zone,
    )


def _image_name(work: Work, name: str, image: Image) -> str:
    folder = image_folder(name, work.target.options.get("image_folder", ""))
    path = Path(file_name(image.file_name))
    version = hashlib.sha256(f"{work.claim.marker}{image.path}".encode()).hexdigest()[:8]
    return posixpath.normpath(f"{folder}/{path.stem}-{version}{path.suffix}")


def _image_url(work: Work, name: str, image: Image) -> str:
    """Return the address of an image: below the one in the options, or relative to the article."""
    path, options = _image_name(work, name, image), work.target.options
    base = options.get("image_url", "").rstrip("/")
    if not base:
        return posixpath.relpath(path, posixpath.dirname(name) or ".")
    folder = options.get("image_folder") or ""
    return f"{base}/{posixpath.relpath(path, folder) if folder else path}"


def _pattern(work: Work) -> str:
    options = work.target.options
    return options.get("path") or FORMATS[options["format"]].path


def _url(work: Work, name: str) -> str:
    """Return the address of the page, if the target's options tell how addresses are formed."""
    pattern = work.target.options.get("page_url", "")
    if not pattern or not name:
        return ""
    stem = posixpath.splitext(posixpath.basename(name))[0]
    slug = posixpath.basename(posixpath.dirname(name)) if stem == "index" else stem
    return pattern.replace("{slug}", re.sub(r"^\d{4}-\d\d-\d\d-", "", slug))


def _marker_of(data: bytes) -> bytes:
    found = MARK.search(data)
    return found[1] if found else b""


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _row(name: str, is_ok: bool, note: str) -> dict[str, Any]:
    return {"name": name, "ok": is_ok, "note": note}
