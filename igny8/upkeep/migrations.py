"""Run the migrations (Alembic); imported only to change tables."""

import logging

from flask import current_app
from flask_migrate import Migrate
from flask_migrate import downgrade as migrate_down
from flask_migrate import upgrade as migrate_up

from igny8.extensions import db


def upgrade() -> None:
    """Upgrade the tables of the current app to this version; create missing ones."""
    migrate_up(directory=_prepare())


def downgrade(revision: str) -> None:
    """Downgrade the tables of the current app to an older revision."""
    migrate_down(directory=_prepare(), revision=revision)


def _prepare() -> str:
    """Bind Alembic to the current app and return the folder of the migrations."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    folder: str = current_app.config["MIGRATIONS"]
    if "migrate" not in current_app.extensions:
        Migrate(current_app, db, directory=folder, compare_type=True)
    return folder
