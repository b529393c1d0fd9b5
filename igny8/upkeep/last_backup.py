"""Remember the last verified backup in a file that all processes share."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app

FILE_NAME = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """Time, location and size in bytes of the last verified backup."""

    made_at: datetime
    path: str
    bytes: int


def record(backup: LastBackup) -> None:
    """Record a backup as the last one; the file is replaced atomically."""
    target = _file()
    part = target.with_name(f".{FILE_NAME}")
    content = {
        "made_at": backup.made_at.isoformat(timespec="seconds"),
        "path": backup.path,
        "bytes": backup.bytes,
    }
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(target)


def load() -> LastBackup | None:
    """Return the last verified backup; None if there is none or its record is unreadable."""
    try:
        content = json.loads(_file().read_text(encoding="utf-8"))
        made_at = datetime.fromisoformat(content["made_at"])
        return LastBackup(made_at, str(content["path"]), int(content["bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file() -> Path:
    folder: Path = current_app.config["SETTINGS"].data_dir
    return folder / FILE_NAME
