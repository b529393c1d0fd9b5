"""Clusters: named groups of keywords; totals are computed from the keywords, never stored."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Subquery, func, select, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column
from igny8.models.keyword import Keyword
from igny8.models.run import Run


class Cluster(Model):
    """`status` is new (waits for ideas) or mapped (ideas exist).

    Runs add no keywords to a `locked` cluster, and people move none. The row of a merged cluster is
    kept and points to the other one with `merged_into_id`. `covered_elsewhere` maps keywords (ids
    as text) to the ideas of other clusters that cover them. The slug never changes.
    """

    __tablename__ = "cluster"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    name = db.Column(db.Text, nullable=False)
    slug = db.Column(db.String(160), nullable=False)
    pillar = db.Column(db.Text, nullable=False, default="")
    intent = db.Column(db.String(16), nullable=False, default="informational")
    status = db.Column(db.String(12), nullable=False, default="new")
    disabled = db.Column(db.Boolean, nullable=False, default=False)
    locked = db.Column(db.Boolean, nullable=False, default=False, server_default=db.false())
    merged_into_id = db.Column(db.Integer)
    covered_elsewhere = db.Column(db.JSON, nullable=False, default=dict, server_default="{}")
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "slug"),
        db.Index(
            "ix_cluster_waiting",
            "site_id",
            sqlite_where=db.text("status = 'new'"),
            postgresql_where=db.text("status = 'new'"),
        ),
        db.CheckConstraint("status IN ('new', 'mapped')", name="status"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def disable(tx: Connection, site_id: int, ids: list[int], disabled: bool = True) -> int:
        """Exclude clusters from the pipeline, or include them again; return how many changed."""
        Run.lock_open_run(tx, site_id)
        chosen = update(Cluster).where(Cluster.site_id == site_id, Cluster.id.in_(ids))
        return tx.execute(chosen.values(disabled=disabled)).rowcount

    @staticmethod
    def lock(tx: Connection, site_id: int, ids: list[int], locked: bool = True) -> int:
        """Lock the set of keywords of clusters, or unlock it; return how many changed."""
        Run.lock_open_run(tx, site_id)
        return tx.execute(
            update(Cluster)
            .where(Cluster.site_id == site_id, Cluster.id.in_(ids), Cluster.locked.is_(not locked))
            .values(locked=locked)
        ).rowcount

    @staticmethod
    def for_update(tx: Connection, site_id: int, ids: Sequence[int]) -> dict[int, Row[Any]]:
        """Lock the rows of clusters that are not merged; return {id: row}."""
        table = Cluster.__table__
        query = select(table).where(
            table.c.site_id == site_id, table.c.id.in_(ids), table.c.merged_into_id.is_(None)
        )
        return {row.id: row for row in tx.execute(query.order_by(table.c.id).with_for_update())}

    @staticmethod
    def request_more_ideas(tx: Connection, site_id: int, ids: list[int]) -> int:
        """Queue mapped clusters for more ideas about uncovered keywords; return how many."""
        Run.lock_open_run(tx, site_id)
        chosen = update(Cluster).where(Cluster.site_id == site_id, Cluster.id.in_(ids))
        return tx.execute(chosen.where(Cluster.status == "mapped").values(status="new")).rowcount


def cluster_totals(site_id: int) -> Subquery:
    """Return a subquery with one row per cluster of a site.

    Columns: cluster_id, keywords (count), volume (total demand), difficulty (mean).
    """
    return (
        select(
            Keyword.cluster_id,
            func.count().label("keywords"),
            func.sum(Keyword.demand()).label("volume"),
            func.avg(Keyword.difficulty).label("difficulty"),
        )
        .where(Keyword.site_id == site_id, Keyword.cluster_id.is_not(None))
        .group_by(Keyword.cluster_id)
        .subquery("numbers")
    )
