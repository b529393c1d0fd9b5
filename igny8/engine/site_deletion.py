"""Take a site away with all that belongs to it."""

import shutil
from pathlib import Path

from sqlalchemy import delete, select

from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import KeywordImport, Run, Site


def remove_site(site_id: int, images: Path, uploads: Path) -> None:
    """Delete a site, its rows, its images and its keyword files; raises Refused while a run of it is open."""
    with write_transaction() as tx:
        row = tx.execute(select(Site.__table__).where(Site.id == site_id).with_for_update()).first()
        if row is None:
            raise ActionRefused("This site does not exist any more.", 404)
        open_run = Run.find_open(tx, site_id)
        if open_run is not None:
            raise ActionRefused(
                f"Run #{open_run.number} of {row.name} has not ended. Cancel it first, then delete the site."
            )
        sent = (
            tx.execute(select(KeywordImport.path).where(KeywordImport.site_id == site_id))
            .scalars()
            .all()
        )
        tx.execute(delete(Site).where(Site.id == site_id))
    remove_orphaned_images(site_id, images)
    for path in sent:
        (uploads / Path(path).name).unlink(missing_ok=True)


def remove_orphaned_images(site_id: int, images: Path) -> None:
    """Take away the images of a site that is gone; those of one that is there stay.

    Whoever lost a claim calls this: he may have stored an image after the site was deleted.
    """
    with read_transaction() as tx:
        if tx.execute(select(Site.id).where(Site.id == site_id)).first() is not None:
            return
    shutil.rmtree(images / str(site_id), ignore_errors=True)
