"""The history of a keyword: which import changed which value, so that it can be undone."""

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column


class KeywordChange(Model):
    """One import changed some values of a keyword; `old` and `new` map columns to values."""

    __tablename__ = "keyword_change"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    keyword_id = db.Column(
        db.Integer, db.ForeignKey("keyword.id", ondelete="CASCADE"), nullable=False
    )
    import_id = db.Column(db.Integer, db.ForeignKey("keyword_import.id", ondelete="SET NULL"))
    old = db.Column(db.JSON, nullable=False)
    new = db.Column(db.JSON, nullable=False)
    created_at = created_column()

    __table_args__ = (
        db.Index("ix_keyword_change_keyword", "keyword_id"),
        db.Index("ix_keyword_change_import", "import_id"),
    )
