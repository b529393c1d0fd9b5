"""Actions of people on an import: confirm, cancel, undo, import rows that were set aside."""

from sqlalchemy import select, update

from igny8 import clock
from igny8.engine.keyword_import.merge import KeywordMerge
from igny8.engine.keyword_import.preview import UNKNOWN
from igny8.engine.keyword_import.rows import end_without_result, find_import, language_of
from igny8.engine.work import tools
from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.models import ImportRow, KeywordImport

import_table, aside = KeywordImport.__table__, ImportRow.__table__
MAX_RESTORED_ROWS = 1_000  # per click


def confirm(site_id: int, import_id: int) -> bool:
    """Queue a previewed file for the workers; return False if it was confirmed already."""
    with write_transaction() as tx:
        row = find_import(tx, site_id, import_id)
        if row.state in ("failed", "undone"):
            raise ActionRefused("This import has ended. Upload the file again.")
        if row.dialect == UNKNOWN:
            raise ActionRefused(f"{row.report['message']} Choose the columns first, then confirm.")
        if row.report.get("encodings"):
            raise ActionRefused(
                "The encoding of this file is not certain. Choose it first, then confirm."
            )
        if not row.report.get("taken"):
            raise ActionRefused("This file contains no keywords to import.")
        return KeywordImport.transition(tx, import_id, "preview", "queued")


def cancel(site_id: int, import_id: int) -> bool:
    """Cancel an import; return False if it has ended.

    Its changes are reverted by the worker that has claimed it, otherwise at once.
    """
    with write_transaction() as tx:
        row = find_import(tx, site_id, import_id)
        if row.state != "queued":
            return False
        if row.claim_token is None:
            return end_without_result(tx, row.id, "Cancelled. Nothing was imported.")
        tx.execute(
            update(import_table).where(import_table.c.id == import_id).values(cancel_requested=True)
        )
        return True


def undo(site_id: int, import_id: int) -> tuple[int | None, int]:
    """Revert an import, except for keywords in a cluster.

    Return how many keywords were deleted (None if it cannot be undone) and how many stay in
    clusters.
    """
    with write_transaction() as tx:
        find_import(tx, site_id, import_id)
        return KeywordImport.undo(tx, site_id, import_id), KeywordImport.undo_counts(tx, import_id)[
            1
        ]


def restore_rows(site_id: int, import_id: int, row_ids: list[int] | None = None) -> int:
    """Import rows that were set aside: those with `row_ids`, or all of them if None.

    Return how many there were.
    """
    importers = tools.importers()
    with write_transaction() as tx:
        row = find_import(tx, site_id, import_id)
        query = select(aside).where(aside.c.import_id == import_id, aside.c.restored_at.is_(None))
        if row_ids is not None:
            query = query.where(aside.c.id.in_(row_ids))
        found = tx.execute(query.order_by(aside.c.id).limit(MAX_RESTORED_ROWS)).all()
        if row.state != "done" or not found:
            return 0
        merge = KeywordMerge(site_id, language_of(tx, site_id), import_id, row.dialect or "file")
        counts = merge.apply(tx, [importers.Row(**each.values) for each in found])
        tx.execute(
            update(aside)
            .where(aside.c.id.in_([each.id for each in found]))
            .values(restored_at=clock.now())
        )
        tx.execute(
            update(import_table)
            .where(import_table.c.id == import_id)
            .values(
                rows_new=import_table.c.rows_new + counts.new,
                rows_known=import_table.c.rows_known + counts.known,
                rows_variant=import_table.c.rows_variant + counts.variants,
                rows_set_aside=import_table.c.rows_set_aside - len(found),
            )
        )
        return len(found)
