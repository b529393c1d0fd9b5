"""A row of an import that was set aside because it is probably not a keyword."""

from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, site_column


class ImportRow(Model):
    """`values` is the row as it was read; `restored_at` is when a person imported it after all."""

    __tablename__ = "import_row"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    import_id = db.Column(
        db.Integer, db.ForeignKey("keyword_import.id", ondelete="CASCADE"), nullable=False
    )
    line = db.Column(db.Integer, nullable=False)
    phrase = db.Column(db.Text, nullable=False)
    reason = db.Column(db.Text, nullable=False)
    values = db.Column(db.JSON, nullable=False)
    restored_at = db.Column(UtcDateTime)

    __table_args__ = (db.Index("ix_import_row_import", "import_id"),)
