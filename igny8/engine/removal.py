"""Take a site away with all that belongs to it."""

import shutil
from pathlib import Path

from sqlalchemy import delete, select

from igny8.errors import Refused
from igny8.extensions import writing
from igny8.models import Run, Site


def remove_site(site_id: int, images: Path) -> None:
    """Delete a site, its rows and its image files; raises Refused while a run of it is open."""
    with writing() as tx:
        row = tx.execute(select(Site.__table__).where(Site.id == site_id).with_for_update()).first()
        if row is None:
            raise Refused("This site does not exist any more.", 404)
        open_run = Run.open_of(tx, site_id)
        if open_run is not None:
            raise Refused(f"Run #{open_run.number} of {row.name} has not ended. Cancel it first, then delete the site.")
        tx.execute(delete(Site).where(Site.id == site_id))
    shutil.rmtree(images / str(site_id), ignore_errors=True)
