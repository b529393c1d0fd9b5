"""`igny8 backup`: one archive of everything, taken while the product runs, and read again before it counts."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from igny8 import clock
from igny8.errors import Igny8Error
from igny8.upkeep import archive, schema
from igny8.upkeep.databases import database
from igny8.version import version

MAX_COPY_ATTEMPTS = (
    3  # an image may be made anew between the copy of the database and that of its file
)
PARTIAL_PREFIX = ".part-"


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: where, how much, and the images that the database names and nobody has."""

    path: Path
    bytes: int
    files: int
    missing: tuple[str, ...]


def create_backup(target: Path | None = None, with_keys: bool = False) -> Backup:
    """Write a verified archive and return what it is; raise Igny8Error, leaving nothing behind.

    The database is copied first and the files afterwards: a file is written before the row that names
    it, so that every row of the copy finds its file.
    """
    target = (target or Path(f"igny8-{clock.now():%Y%m%d-%H%M%S}.zip")).absolute()
    if target.exists():
        raise Igny8Error(
            f"{target} is there already, and a backup never overwrites one. Name another file."
        )
    if schema.current_revision() is None:
        raise Igny8Error("There is nothing to back up: the database has no tables.")
    part = target.with_name(PARTIAL_PREFIX + target.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        missing = _write(part, with_keys)
        manifest = archive.verify(part)
        os.replace(part, target)
    except OSError as error:
        raise Igny8Error(
            f"The backup could not be written to {target}: {error.strerror}."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(target, target.stat().st_size, len(manifest["members"]) - 1, missing)


def _write(part: Path, with_keys: bool) -> tuple[str, ...]:
    """Write the archive; return the images that are missing in it."""
    settings, copied, there = current_app.config["SETTINGS"], database(), {}
    with (
        tempfile.TemporaryDirectory(dir=part.parent, prefix=".backup-") as folder,
        archive.ArchiveWriter(part) as writer,
    ):
        file = Path(folder) / copied.member
        revision, images = _consistent_copy(copied, file)
        writer.add(copied.member, file)
        for path in _files(settings.data_dir):
            place = path.relative_to(settings.data_dir).as_posix()
            there[place] = writer.add(place, path)
        if with_keys:
            writer.add_text(archive.KEY_FILES["encryption.key"], ",".join(settings.encryption_keys))
            writer.add_text(archive.KEY_FILES["secret.key"], settings.secret_key)
        writer.write_manifest(
            {
                "made_at": clock.now().isoformat(timespec="seconds"),
                "version": version(),
                "keys": with_keys,
                "database": copied.kind,
                "schema": revision,
            }
        )
    return tuple(path for path, size in images if there.get(f"images/{path}") != size)


def _consistent_copy(copied, file: Path) -> tuple[str, list]:
    """Return (revision, images) of a copy of the database whose images are all there, if that can be had."""
    folder = current_app.config["SETTINGS"].images
    for _ in range(MAX_COPY_ATTEMPTS):
        file.unlink(missing_ok=True)
        revision, images = copied.copy(file)
        if all(_size(folder / path) == size for path, size in images):
            break
    return revision, images


def _files(data_dir: Path) -> list[Path]:
    """Return the images and uploads; what is only half written is left out."""
    return sorted(
        path
        for name in archive.FOLDERS
        for path in (data_dir / name).rglob("*")
        if path.is_file() and not path.name.startswith(PARTIAL_PREFIX)
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
