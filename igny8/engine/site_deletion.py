"""Delete a site with everything that belongs to it."""

import shutil
from pathlib import Path

from sqlalchemy import delete, select

from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import KeywordImport, Run, Site

keyword_import = KeywordImport.__table__


def remove_site(site_id: int, images: Path, uploads: Path) -> None:
    """Delete a site with its rows, images and keyword files.

    Raise ActionRefused while it has an open run.
    """
    with write_transaction() as tx:
        query = select(Site.__table__).where(Site.id == site_id).with_for_update()
        row = tx.execute(query).first()
        if row is None:
            raise ActionRefused("This site does not exist any more.", 404)
        open_run = Run.find_open(tx, site_id)
        if open_run is not None:
            raise ActionRefused(
                f"Run #{open_run.number} of {row.name} has not ended. "
                "Cancel it first, then delete the site."
            )
        paths = tx.execute(
            select(keyword_import.c.path).where(keyword_import.c.site_id == site_id)
        ).scalars()
        names = [Path(path).name for path in paths]
        tx.execute(delete(Site).where(Site.id == site_id))
    remove_orphaned_images(site_id, images)
    for name in names:
        (uploads / name).unlink(missing_ok=True)


def remove_orphaned_images(site_id: int, images: Path) -> None:
    """Remove the images of a deleted site; do nothing if the site exists.

    Also called after a claim was lost: its worker may have written an image after the deletion.
    """
    with read_transaction() as tx:
        if tx.execute(select(Site.id).where(Site.id == site_id)).first() is not None:
            return
    shutil.rmtree(images / str(site_id), ignore_errors=True)
