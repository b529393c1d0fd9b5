"""Restore an archive into an installation; existing data is moved aside, never deleted."""

import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select

from igny8 import clock
from igny8.engine.work import recovery
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.formatting import pluralize
from igny8.models import OPEN, ProviderEndpoint, Run, RunEvent
from igny8.models.encryption import is_undecryptable
from igny8.upkeep import archive, schema
from igny8.upkeep.archive_check import FOLDERS
from igny8.upkeep.databases import Database, database, is_empty
from igny8.upkeep.replacement import Replacement, data_path

RESERVED_BYTES = 100 * 2**20  # stay free on the disk
MAX_LISTED_CONNECTIONS = 5
CLOSING_S, CLOSING_POLL_S = 2.0, 0.1  # how long a connection may take to close, seconds
KEY_VARIABLES = ("IGNY8_ENCRYPTION_KEY", "IGNY8_SECRET_KEY")


def restore(file: Path, force: bool = False) -> list[str]:
    """Restore an archive; return what was done and what remains to do, one sentence per line.

    Raises Igny8Error, having changed nothing: the archive is verified first, and later failures are
    undone.
    """
    manifest, target = archive.verify(file), database()
    _check_restorable(file, manifest, target)
    was_empty = is_empty() and not any(any(data_path(name).iterdir()) for name in FOLDERS)
    _require_free(target, was_empty or force)
    replacement = Replacement(f"{clock.now():%Y%m%d_%H%M%S}", manifest, target)
    with replacement.extract_archive(file) as extracted, replacement.moved_aside():
        replacement.load(extracted)
        schema.upgrade()
        requeued = recovery.release_all()
        open_runs = _log_restore(manifest)
    if was_empty:
        replacement.delete_moved()
    return _report(replacement, requeued, open_runs, was_empty)


def _require_free(target: Database, may_replace: bool) -> None:
    """Raise Igny8Error if an installation would be replaced without consent, or is in use."""
    if not may_replace:
        raise Igny8Error(
            "There is an installation here already, and a restore would replace it. Choose an "
            "empty one (IGNY8_DATA_DIR, DATABASE_URL), or use --force: then it is moved aside."
        )
    if users := _remaining_connections(target):
        raise Igny8Error(
            f"The database is in use by {', '.join(users[:MAX_LISTED_CONNECTIONS])}. Stop IGNY8 "
            "everywhere, then restore."
        )


def _remaining_connections(target: Database) -> list[str]:
    """Return the connections of others; those that are just being closed get a moment for it."""
    deadline = clock.monotonic() + CLOSING_S
    while (users := target.other_connections()) and clock.monotonic() < deadline:
        clock.sleep(CLOSING_POLL_S)
    return users


def _check_restorable(file: Path, manifest: dict[str, Any], target: Database) -> None:
    """Raise Igny8Error if this archive cannot be restored here at all."""
    if manifest["database"] != target.kind:
        raise Igny8Error(
            f"{file} holds a database of the kind {manifest['database']}, and DATABASE_URL names "
            f"one of the kind {target.kind}. Restore it to its own kind."
        )
    if schema.compare_revision(manifest["schema"]) == "newer":
        raise Igny8Error(
            f"{file} was made by a newer IGNY8 ({manifest['version']}, tables {manifest['schema']};"
            f" this code knows them up to {schema.expected_revision()}). Update IGNY8 here, then "
            "restore."
        )
    needed = sum(member["bytes"] for member in manifest["members"].values()) + RESERVED_BYTES
    free = shutil.disk_usage(data_path("")).free
    if free < needed:
        raise Igny8Error(
            f"{data_path('')} has {free // 2**20:,} MB left, and the restore needs "
            f"{needed // 2**20:,} MB."
        )


def _log_restore(manifest: dict[str, Any]) -> int:
    """Log the restore in each open run; return the number of open runs."""
    message = f"Restored from the backup of {manifest['made_at']}"
    with write_transaction() as tx:
        runs = tx.execute(select(Run.id).where(Run.state.in_(OPEN))).scalars().all()
        for run_id in runs:
            RunEvent.log(tx, run_id, "restored", message, level="warning")
    return len(runs)


def _report(replacement: Replacement, requeued: int, open_runs: int, was_empty: bool) -> list[str]:
    """Return what was done and what remains to do, one sentence per line."""
    manifest = replacement.manifest
    lines = [f"Restored the backup of {manifest['made_at']} (IGNY8 {manifest['version']})."]
    if manifest["schema"] != schema.expected_revision():
        lines.append(
            f"Its tables were upgraded from {manifest['schema']} to {schema.expected_revision()}."
        )
    if open_runs:
        lines.append(
            f"{pluralize(open_runs, 'runs')} had not ended and will continue when a worker starts; "
            f"work in progress ({pluralize(requeued, 'items')}) is queued again."
        )
    if not was_empty:
        lines.append(f"The previous data is in {replacement.location()}.")
    if replacement.keys and any(os.environ.get(name) for name in KEY_VARIABLES):
        lines.append(
            "The archive's keys are in the data folder, but IGNY8_ENCRYPTION_KEY or "
            "IGNY8_SECRET_KEY is set and is used instead."
        )
    if not replacement.keys and (count := _count_undecryptable()):
        lines.append(
            f"! {pluralize(count, 'keys of model servers')} cannot be decrypted here: put the "
            "encryption.key of the old installation into the data folder, or enter them again in "
            "Settings."
        )
    return lines


def _count_undecryptable() -> int:
    """Return how many stored keys the encryption key here cannot decrypt."""
    column = ProviderEndpoint.encrypted_key
    with read_transaction() as tx:
        secrets = tx.execute(select(column).where(column.is_not(None))).scalars().all()
    db.engine.dispose()
    return sum(map(is_undecryptable, secrets))
