"""Images of a content: a prompt first, then a file."""

from typing import Any

from sqlalchemy import Connection, Label, case, update

from igny8.extensions import db
from igny8.models.base import Model, changed_one, created_column, site_column
from igny8.models.content import Content


class Image(Model):
    """`status` is pending, generated or failed; `path` is relative to the image folder.

    `provider` generated the file; `note` is the reason if it is not the one that the site chose.
    """

    __tablename__ = "image"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False
    )
    position = db.Column(db.Integer, nullable=False)
    role = db.Column(db.String(12), nullable=False)
    heading = db.Column(db.Text, nullable=False)
    prompt = db.Column(db.Text, nullable=False)
    alt = db.Column(db.Text, nullable=False)
    file_name = db.Column(db.String(240), nullable=False)
    path = db.Column(db.Text)
    mime = db.Column(db.String(20))
    width = db.Column(db.Integer, nullable=False)
    height = db.Column(db.Integer, nullable=False)
    bytes = db.Column(db.Integer)
    provider = db.Column(
        "engine", db.String(160), key="provider", nullable=False, default="", server_default=""
    )
    note = db.Column(db.Text, nullable=False, default="", server_default="")
    status = db.Column(db.String(12), nullable=False, default="pending")
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("content_id", "position"),
        db.Index(
            "ix_image_waiting",
            "site_id",
            sqlite_where=db.text("status = 'pending'"),
            postgresql_where=db.text("status = 'pending'"),
        ),
        db.CheckConstraint("status IN ('pending', 'generated', 'failed')", name="status"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def replace_file(tx: Connection, image_id: int, old: str, **values: Any) -> bool:
        """Replace the file at path `old`; return False if it was replaced already."""
        is_old = (Image.id == image_id) & (Image.status == "generated") & (Image.path == old)
        return changed_one(tx, update(Image).where(is_old).values(values))

    @staticmethod
    def title() -> Label:
        """Return the SQL expression for an image's title in lists: heading and article title.

        The query has to join Content.
        """
        heading, article = Image.__table__.c.heading, Content.__table__.c.title
        return case((heading == article, article), else_=heading + " · " + article).label("title")
