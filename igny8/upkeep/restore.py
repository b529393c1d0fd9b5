"""`igny8 restore`: an archive takes the place of an installation; what was there is moved aside, never deleted."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from igny8 import clock
from igny8.engine.work import recovery
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import OPEN, ProviderEndpoint, Run, RunEvent
from igny8.models.encryption import DecryptError, decrypt
from igny8.stages.base import counted
from igny8.upkeep import archive, schema
from igny8.upkeep.databases import database, is_empty

RESERVED_BYTES = 100 * 2**20  # bytes that have to stay free on the disk


def restore(file: Path, force: bool = False) -> list[str]:
    """Restore an archive, and return what was done and what is left to do, a sentence a line.

    Raises Igny8Error, having changed nothing: the archive is read to its end first, and what fails
    later is undone.
    """
    manifest, target = archive.verify(file), database()
    _check_restorable(file, manifest, target)
    was_empty = is_empty() and not any(any(_folder(name).iterdir()) for name in archive.FOLDERS)
    if not was_empty and not force:
        raise Igny8Error(
            "There is something here already, and a restore would replace it. Name an empty installation "
            "(IGNY8_DATA_DIR, DATABASE_URL), or say --force: then what is here is moved aside."
        )
    if users := target.other_connections():
        raise Igny8Error(
            f"The database is in use by {', '.join(users[:5])}. Stop IGNY8 everywhere, then restore."
        )
    replacement = _Replacement(f"{clock.now():%Y%m%d_%H%M%S}", manifest, target)
    with replacement.staged(file) as staged, replacement.moved_aside():
        target.load(staged / target.member)
        for name in replacement.folders:
            shutil.move(staged / name, _folder(name))
        for name, member in replacement.keys.items():
            shutil.move(staged / member, _folder(name))
        schema.upgrade()
        freed = recovery.release_all()
        runs = _log_restore(manifest)
    if was_empty:
        replacement.delete_moved()
    return _report(manifest, replacement, freed, runs, was_empty)


def _check_restorable(file: Path, manifest: dict, target) -> None:
    """Raise Igny8Error when this archive cannot be restored here at all."""
    if manifest["database"] != target.kind:
        raise Igny8Error(
            f"{file} holds a database of the kind {manifest['database']}, and DATABASE_URL names one of "
            f"the kind {target.kind}. Restore it to its own kind."
        )
    if schema.compare_revision(manifest["schema"]) == "newer":
        raise Igny8Error(
            f"{file} was made by a newer IGNY8 ({manifest['version']}, tables {manifest['schema']}; this "
            f"code knows them up to {schema.expected_revision()}). Update IGNY8 here, then restore."
        )
    needed = sum(member["bytes"] for member in manifest["members"].values()) + RESERVED_BYTES
    free = shutil.disk_usage(_folder("")).free
    if free < needed:
        raise Igny8Error(
            f"{_folder('')} has {free // 2**20:,} MB left, and the restore needs {needed // 2**20:,} MB."
        )


@dataclass(frozen=True)
class _Replacement:
    """The installation that is replaced: what is moved where, and how it comes back when something fails."""

    stamp: str
    manifest: dict
    target: object

    @property
    def aside(self) -> Path:
        return _folder(f"before-restore-{self.stamp}")

    @property
    def folders(self) -> tuple[str, ...]:
        return archive.FOLDERS

    @property
    def keys(self) -> dict[str, str]:
        """Return the key files that the archive brings, with their names in it."""
        return archive.KEY_FILES if self.manifest["keys"] else {}

    @contextmanager
    def staged(self, file: Path):
        """Lend a folder on the same disk with all that the archive holds, its database checked."""
        folder = _folder(f".restore-{self.stamp}")
        try:
            folder.mkdir(mode=0o700)
            archive.extract(file, self.manifest, folder)
            self.target.verify(folder / self.target.member)
            yield folder
        except OSError as error:
            raise Igny8Error(
                f"The archive could not be unpacked into {folder}: {error.strerror}. What was here is "
                "here again."
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def moved_aside(self):
        """Move aside what is there; whatever fails in between, it comes back."""
        self.aside.mkdir(mode=0o700)
        try:
            self.target.move_aside(self.aside, self.stamp)
            for name in (*self.folders, *self.keys):
                if _folder(name).exists():
                    os.rename(_folder(name), self.aside / name)
            yield
        except BaseException:  # noqa: BLE001 - an interrupted restore, too, puts everything back
            self._undo_move()
            raise

    def _undo_move(self) -> None:
        self.target.undo_move(self.aside, self.stamp)
        for name in (*self.folders, *self.keys):
            if (self.aside / name).exists():
                if _folder(name).is_dir():
                    shutil.rmtree(_folder(name))
                os.replace(self.aside / name, _folder(name))
        self.aside.rmdir()

    def delete_moved(self) -> None:
        """Remove what was moved aside and was empty; keys stay, for nobody knows what else they open."""
        self.target.delete_moved(self.aside, self.stamp)
        for name in self.folders:
            (self.aside / name).rmdir()
        if not any(self.aside.iterdir()):
            self.aside.rmdir()


def _log_restore(manifest: dict) -> int:
    """Write into the log of each open run that it was restored; return how many there are."""
    with write_transaction() as tx:
        runs = tx.execute(select(Run.id).where(Run.state.in_(OPEN))).scalars().all()
        for run_id in runs:
            RunEvent.log(
                tx,
                run_id,
                "restored",
                f"Restored from the backup of {manifest['made_at']}",
                level="warning",
            )
    return len(runs)


def _report(
    manifest: dict, replacement: _Replacement, freed: int, runs: int, was_empty: bool
) -> list[str]:
    lines = [f"Restored the backup of {manifest['made_at']} (IGNY8 {manifest['version']})."]
    if manifest["schema"] != schema.expected_revision():
        lines.append(
            f"Its tables were brought from {manifest['schema']} to {schema.expected_revision()}."
        )
    if runs:
        lines.append(
            f"{counted(runs, 'runs')} had not ended, to go on when a worker starts; what was in work "
            f"({counted(freed, 'items')}) is queued again."
        )
    if not was_empty:
        lines.append(
            f"What was here is in {replacement.aside}"
            + (
                "."
                if replacement.target.kind == "sqlite"
                else f", its tables in the schema before_restore_{replacement.stamp}."
            )
        )
    if replacement.keys and any(
        os.environ.get(name) for name in ("IGNY8_ENCRYPTION_KEY", "IGNY8_SECRET_KEY")
    ):
        lines.append(
            "The archive's keys are in the data folder, but IGNY8_ENCRYPTION_KEY or IGNY8_SECRET_KEY is set "
            "and counts instead."
        )
    if not replacement.keys and (locked := _count_undecryptable()):
        lines.append(
            f"! {counted(locked, 'keys of model servers')} cannot be opened here: put the encryption.key of "
            "the old installation into the data folder, or enter them again in Settings."
        )
    return lines


def _count_undecryptable() -> int:
    """Return how many sealed keys the encryption key of this machine does not open."""
    with read_transaction() as tx:
        sealed = (
            tx.execute(
                select(ProviderEndpoint.encrypted_key).where(
                    ProviderEndpoint.encrypted_key.is_not(None)
                )
            )
            .scalars()
            .all()
        )
    locked = 0
    for text in sealed:
        try:
            decrypt(text)
        except DecryptError:
            locked += 1
    db.engine.dispose()
    return locked


def _folder(name: str) -> Path:
    return current_app.config["SETTINGS"].data_dir / name
