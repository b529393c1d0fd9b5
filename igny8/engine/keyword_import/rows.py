"""The row of an import: find it, shorten its report, end it without a result."""

from dataclasses import asdict

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.importers import Report
from igny8.models import KeywordImport, Site

import_table = KeywordImport.__table__
PROBLEMS_SHOWN = 100


def find_import(tx: Connection, site_id: int, import_id: int) -> Row:
    """Return an import of a site; raise ActionRefused if there is none."""
    row = tx.execute(
        select(import_table).where(
            import_table.c.id == import_id, import_table.c.site_id == site_id
        )
    ).first()
    if row is None:
        raise ActionRefused("There is no such import on this site. Upload the file again.", 404)
    return row


def language_of(tx: Connection, site_id: int) -> str:
    """Return the language of a site."""
    return tx.execute(select(Site.language).where(Site.id == site_id)).scalar() or "en"


def shortened(report: Report) -> dict:
    """Return a report as JSON with at most PROBLEMS_SHOWN lines per list."""
    stored = asdict(report)
    for name in ("problems", "asides", "repeats"):
        stored[name] = stored[name][:PROBLEMS_SHOWN]
    return stored


def end_without_result(tx: Connection, import_id: int, error: str) -> bool:
    """End an import and revert its changes; return False if it has ended already."""
    moved = KeywordImport.transition(
        tx,
        import_id,
        "queued",
        "failed",
        error=error,
        finished_at=clock.now(),
        claim_token=None,
        rows_new=0,
        rows_known=0,
        rows_updated=0,
        rows_variant=0,
    )
    if moved:
        KeywordImport.revert(tx, import_id)
    return moved
