"""Clusters: named groups of keywords; totals are computed from the keywords, never stored."""

from sqlalchemy import Connection, Subquery, func, select, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column
from igny8.models.keyword import Keyword
from igny8.models.run import Run


class Cluster(Model):
    """`status` is new (waits for ideas) or mapped (ideas exist)."""

    __tablename__ = "cluster"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    name = db.Column(db.Text, nullable=False)
    slug = db.Column(db.String(160), nullable=False)
    pillar = db.Column(db.Text, nullable=False, default="")
    intent = db.Column(db.String(16), nullable=False, default="informational")
    status = db.Column(db.String(12), nullable=False, default="new")
    disabled = db.Column(db.Boolean, nullable=False, default=False)
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
