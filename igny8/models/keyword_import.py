"""One file of keywords: uploaded, previewed, confirmed, worked off, and undone with one click."""

from sqlalchemy import delete, func, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, created_column, site_column, usage_column
from igny8.models.import_row import ImportRow
from igny8.models.keyword import Keyword
from igny8.models.keyword_change import KeywordChange
from igny8.models.keyword_variant import KeywordVariant
from igny8.models.run import Run

_CHUNK = 500


class KeywordImport(Model):
    """`state` moves preview → queued → done | failed; done → undone. `report` is how it was read.

    While a worker has a queued import, `claim_token` is set and `heartbeat_at` is recent.
    `options` are what a person decided about encoding and sheet, `attempts` counts claims that
    did not end.
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
    def pending_rows(site_id):
        """Return two scalar expressions: rows of the confirmed files of a site that are not in yet (None
        without any), and how many of them are read.
        """
        table = KeywordImport.__table__
        return [
            select(func.sum(column))
            .where(table.c.site_id == site_id, table.c.state == "queued")
            .scalar_subquery()
            for column in (table.c.rows_total, table.c.rows_read)
        ]

    @staticmethod
    def transition(tx, import_id: int, source: str, target: str, **values) -> bool:
        """Change the state by compare-and-set; False means that somebody was quicker."""
        return (
            tx.execute(
                update(KeywordImport)
                .where(KeywordImport.id == import_id, KeywordImport.state == source)
                .values(state=target, **values)
            ).rowcount
            == 1
        )

    @staticmethod
    def undo_counts(tx, import_id: int) -> tuple[int, int]:
        """Return how many keywords an undo would delete and how many would stay in clusters."""
        total, held = tx.execute(
            select(func.count(), func.count(Keyword.cluster_id)).where(
                Keyword.import_id == import_id
            )
        ).one()
        return total - held, held

    @staticmethod
    def changes(tx, import_id: int) -> int:
        """Return how many updates and variants an undo would take back besides."""
        changed = select(func.count()).where(KeywordChange.import_id == import_id)
        variants = select(func.count()).where(KeywordVariant.import_id == import_id)
        return tx.execute(select(changed.scalar_subquery() + variants.scalar_subquery())).scalar()

    @staticmethod
    def undo(tx, site_id: int, import_id: int) -> int | None:
        """Take back what this import brought, except keywords that are in a cluster by now.

        Values that it changed become what they were, unless a later import changed them again.
        Return how many keywords went; 0 when nothing is left to take back, which leaves the import
        as it is; None when it is not one that can be undone.
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
    def revert(tx, import_id: int) -> int:
        """Take back what an import wrote so far; return how many keywords went."""
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


def count_variants(tx, keyword_ids: list[int]) -> None:
    """Set the number of variants of some keywords to what it is."""
    count = (
        select(func.count())
        .where(KeywordVariant.keyword_id == Keyword.id)
        .correlate(Keyword.__table__)
        .scalar_subquery()
    )
    tx.execute(update(Keyword).where(Keyword.id.in_(keyword_ids)).values(variant_count=count))


def _restore_values(tx, import_id: int) -> None:
    """Give each value that an import changed its old one, unless it was changed again since."""
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
        current = {
            row.id: row for row in tx.execute(select(table).where(table.c.id.in_(ids))).all()
        }
        for row in rows:
            now = current.get(row.keyword_id)
            values = {
                name: value
                for name, value in row.old.items()
                if now is not None and getattr(now, name) == row.new.get(name)
            }
            if values:
                tx.execute(update(table).where(table.c.id == row.keyword_id).values(**values))
                current[row.keyword_id] = (
                    now._replace(**values) if hasattr(now, "_replace") else now
                )
    tx.execute(delete(change).where(change.c.import_id == import_id))
