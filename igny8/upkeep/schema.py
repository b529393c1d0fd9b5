"""Compare the tables with this code; a process refuses to start if they do not match.

See docs/operations.md#upgrade. Alembic is loaded only to change tables, not to compare them.
"""

import functools
import importlib
import logging
from pathlib import Path
from types import ModuleType

from flask import current_app
from sqlalchemy import inspect, text

from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.upkeep import installation

REVISION_TABLE = "alembic_version"

log = logging.getLogger(__name__)


def expected_revision() -> str:
    """Return the revision of the tables that this code requires."""
    return _known_revisions()[0]


def current_revision() -> str | None:
    """Return the revision of the tables in the database; None without tables."""
    with read_transaction() as tx:
        if not inspect(tx).has_table(REVISION_TABLE):
            return None
        query = text(f"SELECT version_num FROM {REVISION_TABLE}")  # a fixed name # nosec B608
        return tx.execute(query).scalar()


def compare_revision(revision: str | None) -> str:
    """Return a revision's relation to this code: "none", "same", "older" or "newer"."""
    if revision is None:
        return "none"
    if revision == expected_revision():
        return "same"
    return "older" if revision in _known_revisions() else "newer"


def upgrade() -> None:
    """Upgrade the tables to this code's version; create them if there are none.

    Raise Igny8Error if the data folder shows that an installation lost its database.
    """
    revision = current_revision()
    if revision is None:
        installation.require_no_loss()
    if compare_revision(revision) != "same":
        _migrations().upgrade()
    installation.record()


def downgrade(revision: str) -> None:
    """Downgrade the tables to an older revision; raise Igny8Error if it is unknown."""
    current = current_revision()
    is_behind = compare_revision(revision) == "older" and revision <= (current or "")
    if not is_behind or compare_revision(current) not in ("same", "older"):
        raise Igny8Error(
            f"{revision} is not an older version of the tables. This code knows "
            f"{', '.join(reversed(_known_revisions()))}; they are at {current}."
        )
    _migrations().downgrade(revision)


def ensure_current() -> None:
    """Create the tables if there are none; raise Igny8Error if they are of another version."""
    revision = current_revision()
    match compare_revision(revision):
        case "same":
            installation.record()
        case "none":
            upgrade()
            if current_app.config[
                "SETTINGS"
            ].uses_postgresql:  # a wrong name may lead to an empty one
                log.warning(
                    "this database was empty, and has its tables now; if it should hold an "
                    "installation, check DATABASE_URL"
                )
        case "newer":
            raise Igny8Error(
                f"The database was made by a newer IGNY8 (tables {revision}; this code knows them "
                f"up to {expected_revision()}). Update IGNY8 here and start again."
            )
        case "older":
            raise Igny8Error(
                f"The database has the tables of an older IGNY8 ({revision}; this code needs "
                f"{expected_revision()}). Run “igny8 db upgrade”, then start again."
            )


def _known_revisions() -> tuple[str, ...]:
    """Return all revisions that this code knows, newest first."""
    return _revisions(current_app.config["MIGRATIONS"])


@functools.cache
def _revisions(folder: str) -> tuple[str, ...]:
    """Return the revisions in a folder of migrations, newest first, by file names."""
    files = Path(folder, "versions").glob("[0-9][0-9][0-9][0-9]_*.py")
    return tuple(sorted((file.name[:4] for file in files), reverse=True))


def _migrations() -> ModuleType:
    """Return the module that runs migrations, imported on demand."""
    return importlib.import_module("igny8.upkeep.migrations")
