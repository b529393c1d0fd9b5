"""Read and write archives: database, images, uploads and a manifest with their checksums."""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from igny8.errors import Igny8Error

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
FOLDERS = ("images", "uploads")
KEY_FILES = {"encryption.key": "keys/encryption.key", "secret.key": "keys/secret.key"}
CHUNK_BYTES = 1 << 20
COMPRESSED_SUFFIXES = (
    ".webp",
    ".zip",
    ".xlsx",
    ".pgdump",
    ".png",
    ".jpg",
)  # deflating these again gains nothing


class InvalidArchive(Igny8Error):
    """An archive that is damaged or not one of IGNY8's; nothing was changed."""


class ArchiveWriter:
    """Write members and remember their checksums; the manifest is written last."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=False)  # for its owner alone: it may hold keys
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._members: dict[str, dict] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def add(self, name: str, file: Path) -> int | None:
        """Add a file; return its size, or None when it no longer exists."""
        try:
            source = file.open("rb")
        except FileNotFoundError:
            return None
        kind = zipfile.ZIP_STORED if file.suffix in COMPRESSED_SUFFIXES else zipfile.ZIP_DEFLATED
        info = zipfile.ZipInfo(name)
        info.compress_type, info.external_attr = kind, 0o600 << 16
        with source, self._zip.open(info, "w", force_zip64=True) as target:
            size, mark = _copy(source, target)
        self._members[name] = {"bytes": size, "sha256": mark}
        return size

    def add_text(self, name: str, text: str) -> None:
        """Add a short text."""
        data = text.encode()
        self._zip.writestr(name, data)
        self._members[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def write_manifest(self, facts: dict[str, Any]) -> None:
        """Write the manifest."""
        self._zip.writestr(
            MANIFEST,
            json.dumps({"format": FORMAT_VERSION, **facts, "members": self._members}, indent=1),
        )


def verify(path: Path) -> dict[str, Any]:
    """Return the manifest of an archive; raise InvalidArchive unless every checksum matches."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            names = [name for name in archive.namelist() if name != MANIFEST]
            if sorted(names) != sorted(manifest["members"]):
                raise InvalidArchive(
                    f"{path}: what is in the archive is not what its manifest lists."
                )
            for name, said in manifest["members"].items():
                with archive.open(name) as member:
                    size, mark = _copy(member, None)
                if (size, mark) != (said["bytes"], said["sha256"]):
                    raise InvalidArchive(
                        f"{path}: {name} was changed or damaged: its checksum differs."
                    )
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise InvalidArchive(f"{path} is damaged, or is not a backup of IGNY8: {error}.") from error
    return manifest


def extract(path: Path, manifest: dict[str, Any], folder: Path) -> None:
    """Extract the members of a verified archive into a folder."""
    with zipfile.ZipFile(path) as archive:
        for name in manifest["members"]:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as member, open(target, "xb", opener=_open_private) as file:
                shutil.copyfileobj(member, file, CHUNK_BYTES)
    for name in FOLDERS:
        (folder / name).mkdir(exist_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        known, members = manifest["format"], manifest["members"]
        {manifest[name] for name in ("made_at", "version", "database", "schema", "keys")}
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidArchive(
            f"{archive.filename} has no manifest that can be read, so it is not a backup of IGNY8."
        ) from error
    if known != FORMAT_VERSION:
        raise InvalidArchive(
            f"{archive.filename} has format {known}; this IGNY8 reads format {FORMAT_VERSION}. "
            f"Use the IGNY8 that wrote it ({manifest['version']}), or a newer one."
        )
    outside = [name for name in members if not _is_valid_member(name)]
    if outside:
        raise InvalidArchive(
            f"{archive.filename} holds {outside[0]!r}, which no backup of IGNY8 has."
        )
    return manifest


def _is_valid_member(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if (
        not parts
        or "\\" in name
        or ".." in parts
        or name.startswith("/")
        or "/".join(parts) != name
    ):
        return False
    return (
        (name.startswith("database.") and len(parts) == 1)
        or (parts[0] in FOLDERS and len(parts) > 1)
        or name in KEY_FILES.values()
    )


def _copy(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    """Copy to the end (or only read); return the size and the checksum."""
    size, mark = 0, hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        mark.update(chunk)
        if target is not None:
            target.write(chunk)
    return size, mark.hexdigest()
