"""Files that belong to nothing: of uploads that were cut off, and of images that a text has no more."""

from pathlib import Path

from flask import current_app
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import reading
from igny8.models import Image, KeywordImport

SPARED = 86_400.0  # seconds since a file was written in which its row may still be on its way


def left_over() -> list[Path]:
    """Return the files below images and uploads that no row names, and that are older than a day."""
    settings = current_app.config["SETTINGS"]
    found = [path for folder in (settings.images, settings.uploads) for path in folder.rglob("*") if _is_old(path)]
    with reading() as tx:  # after the look at the folders: what is stored since then was not found
        named = {settings.images / path for path in tx.execute(
            select(Image.path).where(Image.path.is_not(None))).scalars()}
        named |= {settings.uploads / Path(path).name for path in tx.execute(select(KeywordImport.path)).scalars()}
    return sorted(set(found) - named)


def tidy() -> tuple[int, int]:
    """Delete what is left over; return how many files, and how many bytes."""
    files = left_over()
    size = sum(_size(path) for path in files)
    for path in files:
        path.unlink(missing_ok=True)
    return len(files), size


def _is_old(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < clock.now().timestamp() - SPARED
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
