"""Read and write archives: database, images, uploads and a manifest with their checksums."""

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Self

from igny8.upkeep.archive_check import (
    FOLDERS,
    FORMAT_VERSION,
    MANIFEST,
    InvalidArchive,
    load_manifest,
)

CHUNK_BYTES = 1 << 20
COMPRESSED_SUFFIXES = (
    ".webp",
    ".zip",
    ".xlsx",
    ".pgdump",
    ".png",
    ".jpg",
)  # deflating these again gains nothing


class ArchiveWriter:
    """Writes members and records their checksums; the manifest is written last."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=False)  # for its owner alone: it may hold keys
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._members: dict[str, dict] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def add(self, name: str, file: Path) -> int | None:
        """Add a file; return its size, or None if it no longer exists."""
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
        """Write the manifest: the format, `facts`, and size and checksum of each member."""
        self._zip.writestr(
            MANIFEST,
            json.dumps({"format": FORMAT_VERSION, **facts, "members": self._members}, indent=1),
        )


def verify(path: Path) -> dict[str, Any]:
    """Return the manifest of an archive; raise InvalidArchive unless every checksum matches."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = load_manifest(archive)
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


def _copy(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    """Copy to the end (or only read); return the size and the checksum."""
    size, mark = 0, hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        size += len(chunk)
        mark.update(chunk)
        if target is not None:
            target.write(chunk)
    return size, mark.hexdigest()
