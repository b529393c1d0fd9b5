"""Create a backup: one archive of everything, written during operation, then verified."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from igny8 import clock
from igny8.errors import Igny8Error
from igny8.upkeep import archive, last_backup, schema
from igny8.upkeep.archive_check import FOLDERS, KEY_FILES
from igny8.upkeep.databases import Database, StoredImage, database
from igny8.version import version

# an image may be replaced between the copy of the database and the copy of its file
MAX_COPY_ATTEMPTS = 3
PARTIAL_PREFIX = ".part-"


@dataclass(frozen=True, slots=True)
class Backup:
    """Result of a backup: path, size in bytes, number of files, and missing images."""

    path: Path
    bytes: int
    files: int
    missing: tuple[str, ...]


def create_backup(target: Path | None = None, with_keys: bool = False) -> Backup:
    """Write and verify an archive; return its contents. After an Igny8Error no file is left.

    The database is copied first and the files afterwards: a file is written before the row that
    names it, so every row of the copy finds its file.
    """
    target = (target or Path(f"igny8-{clock.now():%Y%m%d-%H%M%S}.zip")).absolute()
    _require_new(target)
    part = target.with_name(PARTIAL_PREFIX + target.name)
    made_at = clock.now()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        missing = _write(part, with_keys)
        manifest = archive.verify(part)
        part.replace(target)
        size = target.stat().st_size
        last_backup.record(last_backup.LastBackup(made_at, str(target), size))
    except OSError as error:
        raise Igny8Error(
            f"The backup could not be written to {target}: {error.strerror}."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(target, size, len(manifest["members"]) - 1, missing)


def _require_new(target: Path) -> None:
    """Raise Igny8Error if the file exists already, or there is nothing to back up."""
    if target.exists():
        raise Igny8Error(
            f"{target} exists already, and a backup never overwrites a file. Choose another name."
        )
    if schema.current_revision() is None:
        raise Igny8Error("There is nothing to back up: the database has no tables.")


def _write(part: Path, with_keys: bool) -> tuple[str, ...]:
    """Write the archive; return the paths of missing images."""
    settings, source = current_app.config["SETTINGS"], database()
    with (
        tempfile.TemporaryDirectory(dir=part.parent, prefix=".backup-") as folder,
        archive.ArchiveWriter(part) as writer,
    ):
        copy = Path(folder) / source.member
        revision, images = _consistent_copy(source, copy)
        writer.add(source.member, copy)
        sizes = _add_files(writer, settings.data_dir)
        if with_keys:
            keys = ",".join(settings.encryption_keys)
            writer.add_text(KEY_FILES["encryption.key"], keys)
            writer.add_text(KEY_FILES["secret.key"], settings.secret_key)
        writer.write_manifest(
            {
                "made_at": clock.now().isoformat(timespec="seconds"),
                "version": version(),
                "keys": with_keys,
                "database": source.kind,
                "schema": revision,
            }
        )
    return tuple(path for path, size in images if sizes.get(f"images/{path}") != size)


def _add_files(writer: archive.ArchiveWriter, data_dir: Path) -> dict[str, int | None]:
    """Add images and uploads; return {path in the data folder: size}."""
    sizes = {}
    for path in _files(data_dir):
        name = path.relative_to(data_dir).as_posix()
        sizes[name] = writer.add(name, path)
    return sizes


def _consistent_copy(source: Database, file: Path) -> tuple[str, list[StoredImage]]:
    """Copy the database until all its images have files, a few times; return its contents.

    The result is (revision of the tables, its images).
    """
    folder = current_app.config["SETTINGS"].images
    for _ in range(MAX_COPY_ATTEMPTS):
        file.unlink(missing_ok=True)
        revision, images = source.copy(file)
        if all(_size(folder / path) == size for path, size in images):
            break
    return revision, images


def _files(data_dir: Path) -> list[Path]:
    """Return the images and uploads, except files that are still being written."""
    return sorted(
        path
        for name in FOLDERS
        for path in (data_dir / name).rglob("*")
        if path.is_file() and not path.name.startswith(PARTIAL_PREFIX)
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
