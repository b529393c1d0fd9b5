"""Another spelling of a keyword: stored, counted and exported, but without an article."""

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column


class KeywordVariant(Model):
    """A spelling that means the same as its keyword (igny8.importers.variants)."""

    __tablename__ = "keyword_variant"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    keyword_id = db.Column(
        db.Integer, db.ForeignKey("keyword.id", ondelete="CASCADE"), nullable=False
    )
    phrase = db.Column(db.Text, nullable=False)
    phrase_key = db.Column(db.Text, nullable=False)
    volume = db.Column(db.Integer)
    import_id = db.Column(db.Integer, db.ForeignKey("keyword_import.id", ondelete="SET NULL"))
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "phrase_key"),
        db.Index("ix_keyword_variant_keyword", "keyword_id"),
        db.Index("ix_keyword_variant_import", "import_id"),
    )
