"""Changes that people made to clusters (merged, split, moved, renamed), kept for undo."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, created_column, site_column

MERGE, SPLIT, MOVE, RENAME = "merge", "split", "move", "rename"


class ClusterChange(Model):
    """One change; `steps` lists {table, column, old, new, ids} in the order they were made."""

    __tablename__ = "cluster_change"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    kind = db.Column(db.String(8), nullable=False)
    cluster_id = db.Column(db.Integer, nullable=False)
    summary = db.Column(db.Text, nullable=False)
    steps = db.Column(db.JSON, nullable=False)
    changed_by = db.Column(db.String(80), nullable=False)
    created_at = created_column()
    undone_at = db.Column(UtcDateTime)
    undone_by = db.Column(db.String(80))

    __table_args__ = (
        db.Index("ix_cluster_change_site", "site_id", "id"),
        db.CheckConstraint("kind IN ('merge', 'split', 'move', 'rename')", name="kind"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def add(
        tx: Connection,
        site_id: int,
        kind: str,
        cluster_id: int,
        summary: str,
        steps: list[dict[str, Any]],
        by: str,
    ) -> int:
        """Store a change that was made to a cluster; return its id."""
        values = {"site_id": site_id, "kind": kind, "cluster_id": cluster_id, "summary": summary}
        row = insert(ClusterChange).values(**values, steps=steps, changed_by=by)
        return int(tx.execute(row.returning(ClusterChange.id)).scalar_one())

    @staticmethod
    def newest(tx: Executor, site_id: int, limit: int) -> Sequence[Row[Any]]:
        """Return the changes of a site, newest first."""
        table = ClusterChange.__table__
        query = select(table).where(table.c.site_id == site_id)
        return tx.execute(query.order_by(table.c.id.desc()).limit(limit)).all()

    @staticmethod
    def latest(tx: Executor, site_id: int) -> Row[Any] | None:
        """Return the newest change of a site that is not undone, or None."""
        table = ClusterChange.__table__
        query = select(table).where(table.c.site_id == site_id, table.c.undone_at.is_(None))
        return tx.execute(query.order_by(table.c.id.desc()).limit(1)).first()

    @staticmethod
    def mark_undone(tx: Connection, site_id: int, change_id: int, by: str) -> Row[Any] | None:
        """Mark a change as undone; return its row, or None if it cannot be undone."""
        table = ClusterChange.__table__
        changed = update(table).where(
            table.c.site_id == site_id, table.c.id == change_id, table.c.undone_at.is_(None)
        )
        marked = changed.values(undone_at=clock.now(), undone_by=by).returning(table)
        return tx.execute(marked).first()
