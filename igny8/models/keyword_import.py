"""Keyword imports: an uploaded file from preview to import and undo."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, ScalarSelect, case, delete, func, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    site_column,
    usage_column,
)
from igny8.models.import_row import ImportRow
from igny8.models.keyword import Keyword
from igny8.models.keyword_change import KeywordChange
from igny8.models.keyword_variant import KeywordVariant
from igny8.models.run import Run

_CHUNK = 500


class KeywordImport(Model):
    """`state`: preview → queued → done or failed; done → undone. `report` says how it was read.

    While a worker processes a queued import, `claim_token` is set and `heartbeat_at` is recent.
    `options` are the chosen encoding and sheet; `attempts` counts claims that did not complete it.
    """

    __tablename__ = "keyword_import"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column(index=True)
    state = db.Column(db.String(12), nullable=False, default="preview")
    filename = db.Column(db.Text, nullable=False)
    path = db.Column(db.Text, nullable=False)
    mapping = db.Column(db.JSON)
    dialect = db.Column(db.String(32))
    report = db.Column(db.JSON)
    rows_total = db.Column(db.Integer, nullable=False, default=0)
    rows_read = db.Column(db.Integer, nullable=False, default=0)
    rows_new = db.Column(db.Integer, nullable=False, default=0)
    rows_known = db.Column(db.Integer, nullable=False, default=0)
    rows_duplicate = db.Column(db.Integer, nullable=False, default=0)
    rows_rejected = db.Column(db.Integer, nullable=False, default=0)
    rows_updated = usage_column()
    rows_variant = usage_column()
    rows_set_aside = usage_column()
    options = db.Column(db.JSON)
    claim_token = db.Column(db.String(32))
    heartbeat_at = db.Column(UtcDateTime)
    attempts = usage_column()
    cancel_requested = db.Column(
        db.Boolean, nullable=False, default=False, server_default=db.false()
    )
    updated_fields = db.Column(db.JSON)
    error = db.Column(db.Text)
    created_at = created_column()
    finished_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.CheckConstraint(
            "state IN ('preview', 'queued', 'done', 'failed', 'undone')", name="state"
        ),
    )

    @staticmethod
    def pending_rows(site_id: Any) -> list[ScalarSelect]:
        """Return two scalar subqueries about queued imports of a site: total rows and rows read.

        Both are NULL without a queued import. `site_id` is an id or a column.
        """
        table = KeywordImport.__table__
        return [
            select(func.sum(column))
            .where(table.c.site_id == site_id, table.c.state == "queued")
            .scalar_subquery()
            for column in (table.c.rows_total, table.c.rows_read)
        ]

    @staticmethod
    def to_check(site_id: Any) -> ScalarSelect:
        """Return a scalar subquery of the id of a site's newest import if it awaits confirmation.

        `site_id` is an id or a column.
        """
        table = KeywordImport.__table__
        newest = select(case((table.c.state == "preview", table.c.id))).where(
            table.c.site_id == site_id
        )
        return newest.order_by(table.c.id.desc()).limit(1).scalar_subquery()

    @staticmethod
    def transition(tx: Connection, import_id: int, source: str, target: str, **values: Any) -> bool:
        """Change the state by compare-and-set; return False if the state is not `source`."""
        in_source = (KeywordImport.id == import_id) & (KeywordImport.state == source)
        statement = update(KeywordImport).where(in_source).values(state=target, **values)
        return changed_one(tx, statement)

    @staticmethod
    def undo_counts(tx: Executor, import_id: int) -> tuple[int, int]:
        """Return how many keywords an undo would delete, and how many stay because of clusters."""
        counts = select(func.count(), func.count(Keyword.cluster_id))
        total, held = tx.execute(counts.where(Keyword.import_id == import_id)).one()
        return total - held, held

    @staticmethod
    def changes(tx: Executor, import_id: int) -> int:
        """Return how many updates and variants an undo would revert as well."""
        changed = select(func.count()).where(KeywordChange.import_id == import_id)
        variants = select(func.count()).where(KeywordVariant.import_id == import_id)
        return tx.execute(
            select(changed.scalar_subquery() + variants.scalar_subquery())
        ).scalar_one()

    @staticmethod
    def undo(tx: Connection, site_id: int, import_id: int) -> int | None:
        """Undo an import, except for keywords in clusters; return how many keywords were deleted.

        Values that it changed are restored unless a later import changed them again. 0 means that
        nothing was left to undo and the import is unchanged; None that it cannot be undone.
        """
        Run.lock_open_run(tx, site_id)
        gone = KeywordImport.undo_counts(tx, import_id)[0]
        if not gone and not KeywordImport.changes(tx, import_id):
            done = select(KeywordImport.id).where(
                KeywordImport.id == import_id, KeywordImport.state == "done"
            )
            return None if tx.execute(done).first() is None else 0
        if not KeywordImport.transition(tx, import_id, "done", "undone", finished_at=clock.now()):
            return None
        return KeywordImport.revert(tx, import_id)

    @staticmethod
    def revert(tx: Connection, import_id: int) -> int:
        """Revert what an import wrote so far; return how many keywords were deleted."""
        _restore_values(tx, import_id)
        keyword_ids = (
            tx.execute(
                select(KeywordVariant.keyword_id)
                .where(KeywordVariant.import_id == import_id)
                .distinct()
            )
            .scalars()
            .all()
        )
        tx.execute(delete(KeywordVariant).where(KeywordVariant.import_id == import_id))
        for start in range(0, len(keyword_ids), _CHUNK):
            count_variants(tx, keyword_ids[start : start + _CHUNK])
        tx.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
        return tx.execute(
            delete(Keyword).where(Keyword.import_id == import_id, Keyword.cluster_id.is_(None))
        ).rowcount


def count_variants(tx: Connection, keyword_ids: Sequence[int]) -> None:
    """Recount the variants of some keywords."""
    count = (
        select(func.count())
        .where(KeywordVariant.keyword_id == Keyword.id)
        .correlate(Keyword.__table__)
        .scalar_subquery()
    )
    tx.execute(update(Keyword).where(Keyword.id.in_(keyword_ids)).values(variant_count=count))


def _restore_values(tx: Connection, import_id: int) -> None:
    """Restore the values that an import changed, unless they were changed again since."""
    table, change = Keyword.__table__, KeywordChange.__table__
    last = None
    while True:
        query = (
            select(change.c.id, change.c.keyword_id, change.c.old, change.c.new)
            .where(change.c.import_id == import_id)
            .order_by(change.c.id.desc())
            .limit(_CHUNK)
        )
        if last is not None:
            query = query.where(change.c.id < last)
        rows = tx.execute(query).all()
        if not rows:
            break
        last = rows[-1].id
        ids = {row.keyword_id for row in rows}
        found = tx.execute(select(table).where(table.c.id.in_(ids))).mappings()
        current: dict[int, dict[str, Any]] = {row["id"]: dict(row) for row in found}
        for row in rows:
            now = current.get(row.keyword_id)
            values = {
                name: value
                for name, value in row.old.items()
                if now is not None and now[name] == row.new.get(name)
            }
            if now is not None and values:
                tx.execute(update(table).where(table.c.id == row.keyword_id).values(**values))
                now |= values
    tx.execute(delete(change).where(change.c.import_id == import_id))
