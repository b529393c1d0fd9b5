"""Check the files of images and uploads."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.formatting import pluralize
from igny8.models import Image
from igny8.upkeep import history, sizes
from igny8.upkeep.doctor.finding import CheckResult
from igny8.upkeep.orphan_files import find_orphans

MAX_CHECKED_IMAGES = 100
OLD_HISTORY, MANY_OLD_ROWS = timedelta(days=365), 100_000


def images() -> CheckResult:
    """Yield whether the files of the newest images exist."""
    folder = current_app.config["SETTINGS"].images
    query = (
        select(Image.path)
        .where(Image.status == "generated")
        .order_by(Image.id.desc())
        .limit(MAX_CHECKED_IMAGES)
    )
    with read_transaction() as tx:
        paths = tx.execute(query).scalars().all()
    missing = [path for path in paths if not (folder / path).is_file()]
    if missing:
        yield (
            "bad",
            f"{len(missing)} of the newest {len(paths)} images are not in {folder}, such as "
            f"{missing[0]}.",
            "All machines must share one data folder; or restore the files from a backup.",
        )
    else:
        yield "ok", "The files of the newest images exist."


def stored_sizes() -> CheckResult:
    """Yield the sizes of stored data, and a note if history could be deleted."""
    found = sizes.measure()
    parts = ", ".join(f"{label.lower()} {count / 1e6:,.1f} MB" for label, count in found.labelled)
    yield "ok", f"Stored: {parts}."
    old = history.measure(clock.now() - OLD_HISTORY, with_audit=False)
    if old.items + old.log_lines > MANY_OLD_ROWS:
        yield (
            "note",
            f"{pluralize(old.runs, 'runs')} ended more than a year ago and still hold "
            f"{pluralize(old.items, 'items')} and {pluralize(old.log_lines, 'log lines')}.",
            "igny8 prune --older-than 1y --dry-run",
        )


def killed_restores() -> CheckResult:
    """Yield a warning for each folder that a killed restore left behind."""
    folder = current_app.config["SETTINGS"].data_dir
    for path in sorted(folder.glob(".restore-*")):
        yield (
            "warn",
            f"A restore was stopped before it ended and left {path}.",
            f"If no restore is running, delete it: rm -r {path}",
        )


def orphans() -> CheckResult:
    """Yield a note about unused files; reads all folders, so it is not run at every start."""
    if found := find_orphans():
        yield (
            "note",
            f"{pluralize(len(found), 'files')} of images and keywords belong to nothing any more.",
            "igny8 cleanup",
        )
