"""Find upload and image files that no row refers to, and move them aside."""

import shutil
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from igny8 import clock
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.models import Image, ImageRedraw, KeywordImport

MIN_AGE_S = 86_400.0  # the row of a younger file may not be written yet
ASIDE_FOLDER = "left-over"


def find_orphans() -> list[Path]:
    """Return the image and upload files older than a day that no row refers to."""
    return _scan()[0]


def move_orphans(force: bool = False) -> tuple[list[Path], Path]:
    """Move orphaned files aside; return their old paths and their new folder.

    Raises Igny8Error, unless `force`, if more files are orphaned than used: the database may be
    that of another installation.
    """
    settings = current_app.config["SETTINGS"]
    files, kept = _scan()
    if len(files) > kept and not force:
        raise Igny8Error(
            f"{len(files):,} files in {settings.data_dir} belong to nothing in this database, "
            f"which names only {kept:,} of the existing files. Is this its data folder? Check "
            "DATABASE_URL and IGNY8_DATA_DIR, and list the files with --dry-run. If everything is "
            "right, add --force."
        )
    aside = settings.data_dir / ASIDE_FOLDER / f"{clock.now():%Y-%m-%d-%H%M%S}"
    for path in files:
        target = aside / path.relative_to(settings.data_dir)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(path, target)
    return files, aside


def _scan() -> tuple[list[Path], int]:
    """Return the orphaned files, and the number of files in use."""
    settings = current_app.config["SETTINGS"]
    there = {
        path
        for folder in (settings.images, settings.uploads)
        for path in folder.rglob("*")
        if path.is_file()
    }
    with (
        read_transaction() as tx
    ):  # after the look at the folders: what is stored since then was not found
        named = {
            settings.images / path
            for path in tx.execute(select(Image.path).where(Image.path.is_not(None))).scalars()
        }
        redrawn = select(ImageRedraw.path).where(ImageRedraw.state == "proposed")
        named |= {settings.images / path for path in tx.execute(redrawn).scalars()}
        named |= {
            settings.uploads / Path(path).name
            for path in tx.execute(select(KeywordImport.path)).scalars()
        }
    return sorted(filter(_is_old, there - named)), len(there & named)


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < clock.now().timestamp() - MIN_AGE_S
    except FileNotFoundError:
        return False
