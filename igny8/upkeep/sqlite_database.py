"""Back up and restore an SQLite database: a file, copied by SQLite's own backup API."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil

from igny8.errors import Igny8Error
from igny8.extensions import db
from igny8.upkeep.copy_contents import (
    IMAGES_QUERY,
    REVISION_QUERY,
    StoredImage,
    single_revision,
    stored_images,
)

SIDE_FILES = ("", "-wal", "-shm", "-journal")
ASIDE_NAME = "igny8.db"
LOCK_TIMEOUT_S = 30


class SqliteDatabase:
    """An SQLite file; the live file is never copied as a file."""

    kind, member = "sqlite", "database.sqlite"

    def __init__(self) -> None:
        self.path = Path(db.engine.url.database or "")

    def copy(self, target: Path) -> tuple[str, list[StoredImage]]:
        """Write a consistent copy during operation; return its (revision, images)."""
        try:
            with (
                closing(sqlite3.connect(self.path, timeout=LOCK_TIMEOUT_S)) as live,
                closing(sqlite3.connect(target)) as copy,
            ):
                live.backup(copy)  # in one step: a reader in WAL mode delays no writer
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise Igny8Error(
                f"The database could not be copied to {target.parent}: {error}."
            ) from error
        self.verify(target)
        with closing(sqlite3.connect(target)) as copy:
            revision = single_revision(copy.execute(REVISION_QUERY))
            return revision, stored_images(copy.execute(IMAGES_QUERY))

    def verify(self, file: Path) -> None:
        """Raise Igny8Error if a copy is broken."""
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
                problems = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
                orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            raise Igny8Error(f"The database in the copy cannot be read: {error}.") from error
        if problems != ["ok"]:
            raise Igny8Error(f"The database in the copy is broken: {'; '.join(problems)}")
        if orphans:
            raise Igny8Error(
                f"The database in the copy is broken: {len(orphans)} rows have no parent row"
            )

    def other_connections(self) -> list[str]:
        """Return other processes that have the file open, as far as visible."""
        names = {str(self.path.resolve()) + side for side in SIDE_FILES}
        return [
            f"{p.info['name']} (pid {p.pid})"
            for p in psutil.process_iter(["name"])
            if p.pid != os.getpid() and names & _open_files(p)
        ]

    def move_aside(self, folder: Path, stamp: str) -> None:
        """Move the files of the database into a folder."""
        db.engine.dispose()
        for side in SIDE_FILES:
            file = Path(f"{self.path}{side}")
            if file.exists():
                shutil.move(file, folder / f"{ASIDE_NAME}{side}")

    def undo_move(self, folder: Path, stamp: str) -> None:
        """Undo move_aside, even if it was incomplete."""
        db.engine.dispose()
        if not (folder / ASIDE_NAME).exists():  # it is moved first, so nothing was moved
            return
        for side in SIDE_FILES:
            Path(f"{self.path}{side}").unlink(missing_ok=True)
            if (folder / f"{ASIDE_NAME}{side}").exists():
                shutil.move(folder / f"{ASIDE_NAME}{side}", f"{self.path}{side}")

    def delete_moved(self, folder: Path, stamp: str) -> None:
        """Delete what was moved aside, which contained no data."""
        for side in SIDE_FILES:
            (folder / f"{ASIDE_NAME}{side}").unlink(missing_ok=True)

    def load(self, file: Path) -> None:
        """Use the copy as the database."""
        db.engine.dispose()
        shutil.move(file, self.path)


def _open_files(process: psutil.Process) -> set[str]:
    """Return the names of the files that a process has open; none if not visible."""
    try:
        return {file.path for file in process.open_files()}
    except (psutil.Error, OSError):
        return set()
