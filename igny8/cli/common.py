"""Helpers for several commands: open the app and its database, find a site by name."""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Row, select

from igny8.database_app import create_database_app
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction
from igny8.models import Site
from igny8.upkeep import schema


def open_database(create: bool = False) -> Flask:
    """Return an app with settings and database, but without queue and pages.

    Its tables are those of this version. With `create`, a missing installation is created;
    otherwise Igny8Error is raised.
    """
    if not create:
        require_installation()
    return check_tables(create_database_app(), create)


def check_tables(app: Flask, create: bool) -> Flask:
    """Return the app; raise Igny8Error if its tables are missing or of another version."""
    with app.app_context():
        if not create and schema.current_revision() is None:
            raise Igny8Error(
                "There is no installation here: the database has no tables. Check DATABASE_URL and "
                "IGNY8_DATA_DIR, or start a new installation with “igny8 serve”."
            )
        schema.ensure_current()
    return app


def require_installation() -> None:
    """Raise Igny8Error if the data folder contains no installation; nothing is created."""
    folder = Path(os.environ.get("IGNY8_DATA_DIR") or "var").resolve()
    address = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'igny8.db'}"
    needed = Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:") else folder
    if not needed.exists():
        raise Igny8Error(
            f"There is no installation here: {needed} does not exist. Check IGNY8_DATA_DIR and "
            "DATABASE_URL, or start a new installation with “igny8 serve”."
        )


def find_site(reference: str) -> Row[Any]:
    """Return the row of a site by its slug, number or name; raise Igny8Error that lists the sites.

    A name is accepted only if exactly one site has it.
    """
    site = Site.find(reference) or _find_by_name(reference)
    db.session.rollback()
    if site is None:
        with read_transaction() as tx:
            names = tx.execute(select(Site.slug).order_by(Site.slug)).scalars().all()
        raise Igny8Error(
            f"There is no site {reference!r}. "
            + (
                f"Sites: {', '.join(names)}."
                if names
                else "Create one with “igny8 import-keywords SITE FILE”."
            )
        )
    return site


def _find_by_name(name: str) -> Row[Any] | None:
    with read_transaction() as tx:
        rows = tx.execute(select(Site.__table__).where(Site.name == name).limit(2)).all()
    return rows[0] if len(rows) == 1 else None
