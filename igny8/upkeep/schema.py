"""P13: do the tables belong to this code? A process whose code they do not match refuses to start."""

import functools
import logging

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import downgrade as migrate_down
from flask_migrate import upgrade as migrate

from igny8.errors import Igny8Error
from igny8.extensions import read_transaction

log = logging.getLogger(__name__)


def expected_revision() -> str:
    """Return the revision of the tables that this code was written for."""
    return _revisions(current_app.config["MIGRATIONS"])[0]


def current_revision() -> str | None:
    """Return the revision of the tables that are there, None when there are none."""
    with read_transaction() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def compare_revision(revision: str | None) -> str:
    """Return how tables of a revision stand to this code: "none", "same", "older" or "newer"."""
    if revision is None:
        return "none"
    if revision == expected_revision():
        return "same"
    return "older" if revision in _revisions(current_app.config["MIGRATIONS"]) else "newer"


def upgrade() -> None:
    """Bring the tables to this code's version; make them where there are none."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate(directory=current_app.config["MIGRATIONS"])


def downgrade(revision: str) -> None:
    """Take the tables back to an older revision that this code knows; raise Igny8Error when it is none."""
    if (
        compare_revision(revision) != "older"
        or compare_revision(current_revision()) not in ("same", "older")
        or revision > current_revision()
    ):
        raise Igny8Error(
            f"{revision} is not an older version of the tables. This code knows "
            f"{', '.join(reversed(_revisions(current_app.config['MIGRATIONS'])))}; they are at {current_revision()}."
        )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate_down(directory=current_app.config["MIGRATIONS"], revision=revision)


def ensure_current() -> None:
    """Make the tables where there are none; raise Igny8Error when they are not those of this code."""
    revision = current_revision()
    fits = compare_revision(revision)
    if fits == "none":
        upgrade()
        if current_app.config[
            "SETTINGS"
        ].uses_postgresql:  # a wrong name may lead into an empty one
            log.warning(
                "this database was empty, and has its tables now; if there should be an installation in it, "
                "look at DATABASE_URL"
            )
    elif fits == "newer":
        raise Igny8Error(
            f"The database was made by a newer IGNY8 (tables {revision}; this code knows them up to "
            f"{expected_revision()}). Update IGNY8 here and start again."
        )
    elif fits == "older":
        raise Igny8Error(
            f"The database has the tables of an older IGNY8 ({revision}; this code needs {expected_revision()}). "
            "Run “igny8 db upgrade”, then start again."
        )


@functools.cache
def _revisions(folder: str) -> tuple[str, ...]:
    """Return all revisions that the code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(folder).walk_revisions())
