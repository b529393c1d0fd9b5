"""One file of keywords: uploaded, previewed, confirmed, worked off, and undone with one click."""

from sqlalchemy import delete, func, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, created_column, site_column
from igny8.models.keyword import Keyword
from igny8.models.run import Run


class KeywordImport(Model):
    """`state` moves preview → queued → done | failed; done → undone. `report` is how it was read."""

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
        without any), and how many of them are read."""
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
        """Return how many keywords an undo would delete, and how many it would leave, held by clusters."""
        total, held = tx.execute(
            select(func.count(), func.count(Keyword.cluster_id)).where(
                Keyword.import_id == import_id
            )
        ).one()
        return total - held, held

    @staticmethod
    def undo(tx, site_id: int, import_id: int) -> int | None:
        """Delete the keywords that this import brought and that are in no cluster yet.

        Return how many went; 0 when there is none, which leaves the import as it is; None when it is
        not one that can be undone.
        """
        Run.lock_open_run(tx, site_id)
        if not KeywordImport.undo_counts(tx, import_id)[0]:
            done = select(KeywordImport.id).where(
                KeywordImport.id == import_id, KeywordImport.state == "done"
            )
            return None if tx.execute(done).first() is None else 0
        if not KeywordImport.transition(tx, import_id, "done", "undone", finished_at=clock.now()):
            return None
        return tx.execute(
            delete(Keyword).where(Keyword.import_id == import_id, Keyword.cluster_id.is_(None))
        ).rowcount
