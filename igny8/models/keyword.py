"""Keywords: search phrases with the metrics that `igny8.keyword_fields` declares."""

from sqlalchemy import Connection, Function, delete, func, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column
from igny8.models.run import Run


class Keyword(Model):
    """`status` is new, mapped (in a cluster) or unclustered (with `status_reason`)."""

    __tablename__ = "keyword"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    phrase = db.Column(db.Text, nullable=False)
    phrase_key = db.Column(db.Text, nullable=False)
    status = db.Column(db.String(12), nullable=False, default="new")
    status_reason = db.Column(db.Text)
    disabled = db.Column(db.Boolean, nullable=False, default=False)
    cluster_id = db.Column(db.Integer, db.ForeignKey("cluster.id", ondelete="SET NULL"))
    volume = db.Column(db.Integer)
    volume_low = db.Column(db.Integer)
    volume_high = db.Column(db.Integer)
    difficulty = db.Column(db.Float)
    cpc = db.Column(db.Float)
    currency = db.Column(db.String(3))
    intent = db.Column(db.String(16))
    country = db.Column(db.String(40))
    language = db.Column(db.String(16))
    parent_topic = db.Column(db.Text)
    impressions = db.Column(db.Integer)
    clicks = db.Column(db.Integer)
    previous_impressions = db.Column(db.Integer)
    previous_clicks = db.Column(db.Integer)
    position = db.Column(db.Float)
    url = db.Column(db.Text)
    competition = db.Column(db.String(20))
    serp_features = db.Column(db.Text)
    trend = db.Column(db.Text)
    tags = db.Column(db.Text)
    flags = db.Column(db.Text)
    variant_key = db.Column(db.Text)
    variant_count = db.Column(db.Integer, nullable=False, default=0, server_default="0")
    source = db.Column(db.String(32), nullable=False, default="manual")
    import_id = db.Column(db.Integer, db.ForeignKey("keyword_import.id", ondelete="SET NULL"))
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "phrase_key"),
        db.Index(
            "ix_keyword_waiting",
            "site_id",
            sqlite_where=db.text("status = 'new'"),
            postgresql_where=db.text("status = 'new'"),
        ),
        db.Index("ix_keyword_site_volume", "site_id", "volume"),
        db.Index("ix_keyword_cluster", "cluster_id"),
        # covering indexes for filters, sort orders and totals of the lists
        db.Index(
            "ix_keyword_list", "site_id", "disabled", "intent", "difficulty", "cpc", "volume", "id"
        ),
        db.Index("ix_keyword_numbers", "site_id", "cluster_id", "volume", "difficulty"),
        db.Index("ix_keyword_import", "import_id"),
        db.Index("ix_keyword_variant_key", "site_id", "variant_key"),
        db.CheckConstraint("status IN ('new', 'mapped', 'unclustered')", name="status"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def demand() -> Function:
        """Return the SQL expression for demand: volume, else impressions, else NULL."""
        return func.coalesce(Keyword.volume, Keyword.impressions)

    @staticmethod
    def disable(tx: Connection, site_id: int, ids: list[int], disabled: bool = True) -> int:
        """Exclude keywords from the pipeline, or include them again; return how many changed."""
        Run.lock_open_run(tx, site_id)
        chosen = update(Keyword).where(Keyword.site_id == site_id, Keyword.id.in_(ids))
        return tx.execute(chosen.values(disabled=disabled)).rowcount

    @staticmethod
    def remove(tx: Connection, site_id: int, ids: list[int]) -> int:
        """Delete keywords of a site; return how many were deleted."""
        Run.lock_open_run(tx, site_id)
        return tx.execute(
            delete(Keyword).where(Keyword.site_id == site_id, Keyword.id.in_(ids))
        ).rowcount
