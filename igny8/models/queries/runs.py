"""Stages of runs and imports of a site for their pages."""

from collections.abc import Sequence

from sqlalchemy import Row, select

from igny8.models import ImportRow, KeywordImport, Run, RunStage
from igny8.models.base import Executor
from igny8.models.worker import online_slots

run, stage, keyword_import = Run.__table__, RunStage.__table__, KeywordImport.__table__
import_row = ImportRow.__table__


def stages_of(tx: Executor, run_id: int) -> Sequence[Row]:
    """Return the seven stages of a run in their order."""
    return tx.execute(select(stage).where(stage.c.run_id == run_id).order_by(stage.c.number)).all()


def has_run(tx: Executor, site_id: int) -> bool:
    """Return whether a run of a site was ever started."""
    return tx.execute(select(run.c.id).where(run.c.site_id == site_id).limit(1)).first() is not None


def find_import(tx: Executor, site_id: int, import_id: int) -> Row | None:
    """Return a keyword import of a site, or None."""
    return tx.execute(
        select(keyword_import).where(
            keyword_import.c.id == import_id, keyword_import.c.site_id == site_id
        )
    ).first()


def confirmed_imports(tx: Executor, site_id: int, limit: int) -> Sequence[Row]:
    """Return the last confirmed imports of a site, newest first."""
    table = keyword_import.c
    query = select(keyword_import).where(table.site_id == site_id, table.state != "preview")
    return tx.execute(query.order_by(table.id.desc()).limit(limit)).all()


def rows_set_aside(tx: Executor, import_id: int, limit: int) -> Sequence[Row]:
    """Return (id, line, phrase, reason) of the rows of an import that are still set aside."""
    row = import_row.c
    query = select(row.id, row.line, row.phrase, row.reason)
    waiting = query.where(row.import_id == import_id, row.restored_at.is_(None))
    return tx.execute(waiting.order_by(row.id).limit(limit)).all()


def worker_slots(tx: Executor) -> int:
    """Return how many items the live workers can process in parallel."""
    return tx.execute(select(online_slots()[0])).scalar() or 0
