"""Record which database a data folder belongs to, so that a lost database is noticed.

Otherwise an empty or missing database would look like a new installation: tables would be created
silently and the old data would seem to be gone.
"""

import contextlib
import json
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect, make_url

from igny8 import clock
from igny8.errors import Igny8Error
from igny8.extensions import db
from igny8.upkeep import last_backup

FILE_NAME = "installation.json"
MAX_LISTED = 3


def record() -> None:
    """Mark the data folder as belonging to the current database, once."""
    target = _data_dir() / FILE_NAME
    if target.exists():
        return
    content = {"database": _database_name(), "since": clock.now().isoformat(timespec="seconds")}
    part = target.with_name(f".{FILE_NAME}")
    with contextlib.suppress(OSError):  # a read-only folder is the doctor's to report
        part.write_text(json.dumps(content), encoding="utf-8")
        part.replace(target)


def loss() -> str | None:
    """Return a remedy if the database of an existing installation is missing, else None.

    Call it when the database has no tables.
    """
    evidence = _evidence()
    if evidence is None:
        return None
    return " ".join(
        filter(
            None,
            (
                f"The database {_database_name()} is missing or empty, but {evidence}, so nothing "
                "was created.",
                _belongs_elsewhere(),
                _leftovers_text(),
                _backup_text(),
                f"To start anew in this folder on purpose, move everything out of {_data_dir()} "
                "first.",
            ),
        )
    )


def require_no_loss() -> None:
    """Raise Igny8Error if the database of an existing installation is missing or empty."""
    if message := loss():
        raise Igny8Error(message)


def leftovers() -> list[str]:
    """Return what a restore moved aside, and what a killed restore left: folders and schemas."""
    folders = [
        str(path)
        for pattern in (".restore-*", "before-restore-*")
        for path in sorted(_data_dir().glob(pattern))
    ]
    if db.engine.dialect.name == "sqlite":
        return folders
    schemas = [n for n in inspect(db.engine).get_schema_names() if n.startswith("before_restore_")]
    return folders + [f"the schema {name} of the database" for name in sorted(schemas)]


def _evidence() -> str | None:
    """Return a sign that the data folder is in use, or None."""
    settings = current_app.config["SETTINGS"]
    if (settings.data_dir / FILE_NAME).exists():
        return f"{settings.data_dir} belongs to an installation"
    for folder in (settings.images, settings.uploads):
        if folder.is_dir() and any(folder.iterdir()):
            return f"{folder} holds files of an installation"
    return None


def _belongs_elsewhere() -> str:
    try:
        known = json.loads((_data_dir() / FILE_NAME).read_text(encoding="utf-8"))["database"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if known == _database_name():
        return ""
    return f"The folder was last used with {known}: check DATABASE_URL."


def _leftovers_text() -> str:
    found = leftovers()
    if not found:
        return ""
    return (
        f"A restore left {', '.join(found[-MAX_LISTED:])}: the database may be there "
        "(docs/operations.md#backup-and-restore)."
    )


def _backup_text() -> str:
    backup = last_backup.load()
    if backup is None:
        return "Put the database back, or restore a backup with “igny8 restore FILE --force”."
    return (
        f"Put the database back, or restore the last backup, of {backup.made_at:%Y-%m-%d %H:%M} "
        f"UTC: “igny8 restore {backup.path} --force”."
    )


def _database_name() -> str:
    """Return the database URL without user, password and options."""
    url = make_url(current_app.config["SETTINGS"].database_url)
    if not url.host:
        return str(url.database)
    return f"{url.database} on {url.host}:{url.port or 5432}"


def _data_dir() -> Path:
    folder: Path = current_app.config["SETTINGS"].data_dir
    return folder
