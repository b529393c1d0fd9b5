"""Replace an installation by the contents of an archive, and undo it on failure."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app

from igny8.errors import Igny8Error
from igny8.upkeep import archive
from igny8.upkeep.archive_check import FOLDERS, KEY_FILES
from igny8.upkeep.databases import Database


def data_path(name: str) -> Path:
    """Return a path in the data folder."""
    folder: Path = current_app.config["SETTINGS"].data_dir
    return folder / name


@dataclass(frozen=True)
class Replacement:
    """One restore: `stamp` is part of the names of the folder and schema moved aside."""

    stamp: str
    manifest: dict[str, Any]
    target: Database

    @property
    def aside(self) -> Path:
        """Return the folder to which the installation is moved."""
        return data_path(f"before-restore-{self.stamp}")

    @property
    def keys(self) -> dict[str, str]:
        """Return {key file: its name in the archive} of the keys in the archive."""
        return KEY_FILES if self.manifest["keys"] else {}

    @contextmanager
    def extract_archive(self, file: Path) -> Iterator[Path]:
        """Extract the archive to the same disk, verify its database, return the folder."""
        folder = data_path(f".restore-{self.stamp}")
        try:
            folder.mkdir(mode=0o700)
            archive.extract(file, self.manifest, folder)
            self.target.verify(folder / self.target.member)
            yield folder
        except OSError as error:
            raise Igny8Error(
                f"The archive could not be unpacked into {folder}: {error.strerror}. The "
                "installation is as it was."
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def moved_aside(self) -> Iterator[None]:
        """Move the installation aside; move it back if the block fails."""
        self.aside.mkdir(mode=0o700)
        try:
            self.target.move_aside(self.aside, self.stamp)
            for name in (*FOLDERS, *self.keys):
                if data_path(name).exists():
                    data_path(name).rename(self.aside / name)
            yield
        except BaseException:  # an interrupted restore, too, moves everything back
            self._undo_move()
            raise

    def load(self, extracted: Path) -> None:
        """Move the extracted database, folders and keys into place."""
        self.target.load(extracted / self.target.member)
        for name in FOLDERS:
            shutil.move(extracted / name, data_path(name))
        for name, member in self.keys.items():
            shutil.move(extracted / member, data_path(name))

    def _undo_move(self) -> None:
        self.target.undo_move(self.aside, self.stamp)
        for name in (*FOLDERS, *self.keys):
            if (self.aside / name).exists():
                if data_path(name).is_dir():
                    shutil.rmtree(data_path(name))
                (self.aside / name).replace(data_path(name))
        self.aside.rmdir()

    def delete_moved(self) -> None:
        """Delete moved data that was empty; keep keys, which may decrypt other data."""
        self.target.delete_moved(self.aside, self.stamp)
        for name in FOLDERS:
            (self.aside / name).rmdir()
        if not any(self.aside.iterdir()):
            self.aside.rmdir()

    def location(self) -> str:
        """Return a description of where the replaced installation is now."""
        if self.target.kind == "sqlite":
            return str(self.aside)
        return f"{self.aside}, its tables in the schema before_restore_{self.stamp}"
