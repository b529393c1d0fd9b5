"""Files that belong to nothing: found once they are old, named by the doctor, and the only ones put aside."""

import os
import time

import pytest
from sqlalchemy import delete

from igny8.engine import keyword_import
from igny8.engine.runs import start_run
from igny8.errors import Igny8Error
from igny8.extensions import write_transaction
from igny8.models import Image, Site
from igny8.upkeep import doctor, orphan_files
from tests.factories import make_keywords

OLD = time.time() - 2 * orphan_files.MIN_AGE_S


@pytest.fixture
def home(app, site, inline_worker):
    """The settings of an installation with images and a keyword file, all of them old."""
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    home = app.config["SETTINGS"]
    (home.uploads / "sent.csv").write_text("Keyword,Volume\nseeds,10\n")
    keyword_import.preview(site.id, home.uploads / "sent.csv", "sent.csv")
    for path in files(home):
        os.utime(path, (OLD, OLD))
    return home


def files(home) -> set:
    return {
        path
        for folder in (home.images, home.uploads)
        for path in folder.rglob("*")
        if path.is_file()
    }


def drop(folder, name: str, age: float):
    """Write a file that no row names."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"12345")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_referenced_files_stay(home):
    before = files(home)
    assert len(before) > 4 and orphan_files.move_orphans()[0] == [] and files(home) == before


def test_only_old_orphaned_files_are_moved(home):
    before = files(home)
    young = drop(home.uploads, "young.csv", orphan_files.MIN_AGE_S / 2)
    drop(home.uploads, "cut-off.csv", 2 * orphan_files.MIN_AGE_S)
    drop(home.images, "99/1/0-gone.webp", 2 * orphan_files.MIN_AGE_S)
    _, aside = orphan_files.move_orphans()
    assert files(home) == before | {young}
    assert {str(path.relative_to(aside)) for path in aside.rglob("*") if path.is_file()} == {
        "uploads/cut-off.csv",
        "images/99/1/0-gone.webp",
    }


def test_foreign_database_is_not_replaced_without_force(home):
    before = files(home)
    with write_transaction() as tx:
        tx.execute(delete(Site))
    with pytest.raises(Igny8Error, match="Is this its data folder"):
        orphan_files.move_orphans()
    assert files(home) == before
    assert set(orphan_files.move_orphans(force=True)[0]) == before and files(home) == set()


def test_orphaned_image_file_is_reported(home):
    path = next(home.images.rglob("*.webp"))
    with write_transaction() as tx:
        tx.execute(delete(Image).where(Image.path == str(path.relative_to(home.images))))
    assert orphan_files.find_orphans() == [path]
    assert [(f.level, f.cure) for f in doctor.run_checks() if "belong" in f.text] == [
        ("note", "igny8 cleanup")
    ]
