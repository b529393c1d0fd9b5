"""Sizes of stored data: database, images, uploads, logs, backups, free space."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import text

from igny8 import clock
from igny8.extensions import db, read_transaction
from igny8.upkeep import last_backup
from igny8.upkeep.sqlite_database import SIDE_FILES

REMEMBER_S = 60.0  # folders with many images are not read for each request
ASIDE_PATTERNS = ("left-over", "before-restore-*", ".restore-*")
BACKUP_PATTERN = "igny8-*.zip"
_remembered: dict[Path, tuple[float, "Sizes"]] = {}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in bytes.

    `logs` are files named *.log in the data folder, `aside` is what cleanups and restores moved
    aside, and `backups` are those beside the last backup.
    """

    database: int
    images: int
    uploads: int
    logs: int
    backups: int
    aside: int
    free: int

    @property
    def labelled(self) -> tuple[tuple[str, int], ...]:
        """Return (label, bytes) pairs for pages and the command line."""
        return (
            ("Database", self.database),
            ("Images", self.images),
            ("Uploads", self.uploads),
            ("Log files", self.logs),
            ("Backups", self.backups),
            ("Moved aside", self.aside),
            ("Free space", self.free),
        )


def load() -> Sizes:
    """Return the sizes, measured at most REMEMBER_S seconds ago."""
    folder: Path = current_app.config["SETTINGS"].data_dir
    known = _remembered.get(folder)
    if known is not None and clock.monotonic() - known[0] < REMEMBER_S:
        return known[1]
    found = measure()
    _remembered[folder] = (clock.monotonic(), found)
    return found


def measure() -> Sizes:
    """Return the sizes of database, images, uploads, logs and backups, measured now."""
    settings = current_app.config["SETTINGS"]
    folder: Path = settings.data_dir
    last = last_backup.load()
    backups = Path(last.path).parent.glob(BACKUP_PATTERN) if last is not None else ()
    named = {Path(last.path), *backups} if last is not None else set()
    return Sizes(
        database=database_bytes(),
        images=_bytes([settings.images]),
        uploads=_bytes([settings.uploads]),
        logs=_bytes(folder.glob("*.log*")),
        backups=_bytes(named),
        aside=_bytes(path for pattern in ASIDE_PATTERNS for path in folder.glob(pattern)),
        free=shutil.disk_usage(folder).free,
    )


def database_bytes() -> int:
    """Return the size of the database: the files of SQLite, or as reported by PostgreSQL."""
    if db.engine.dialect.name != "sqlite":
        with read_transaction() as tx:
            return int(tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    path = Path(db.engine.url.database or "")
    return _bytes(path.with_name(path.name + suffix) for suffix in SIDE_FILES)


def _bytes(paths: Iterable[Path]) -> int:
    return sum(
        _file_bytes(file)
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
    )


def _file_bytes(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # it was deleted meanwhile
        return 0
