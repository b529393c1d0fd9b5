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


def head() -> str:
    """Return the revision of the tables that this code was written for."""
    return _revisions(current_app.config["MIGRATIONS"])[0]


def found() -> str | None:
    """Return the revision of the tables that are there, None when there are none."""
    with read_transaction() as tx:
        return MigrationContext.configure(tx).get_current_revision()


def judge(revision: str | None) -> str:
    """Return how tables of a revision stand to this code: "none", "same", "older" or "newer"."""
    if revision is None:
        return "none"
    if revision == head():
        return "same"
    return "older" if revision in _revisions(current_app.config["MIGRATIONS"]) else "newer"


def upgrade() -> None:
    """Bring the tables to this code's version; make them where there are none."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate(directory=current_app.config["MIGRATIONS"])


def downgrade(revision: str) -> None:
    """Take the tables back to an older revision that this code knows; raise Igny8Error when it is none."""
    if judge(revision) != "older" or judge(found()) not in ("same", "older") or revision > found():
        raise Igny8Error(
            f"{revision} is not an older version of the tables. This code knows "
            f"{', '.join(reversed(_revisions(current_app.config['MIGRATIONS'])))}; they are at {found()}."
        )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate_down(directory=current_app.config["MIGRATIONS"], revision=revision)


def require() -> None:
    """Make the tables where there are none; raise Igny8Error when they are not those of this code."""
    revision = found()
    fits = judge(revision)
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
            f"{head()}). Update IGNY8 here and start again."
        )
    elif fits == "older":
        raise Igny8Error(
            f"The database has the tables of an older IGNY8 ({revision}; this code needs {head()}). "
            "Run “igny8 db upgrade”, then start again."
        )


@functools.cache
def _revisions(folder: str) -> tuple[str, ...]:
    """Return all revisions that the code knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(folder).walk_revisions())
