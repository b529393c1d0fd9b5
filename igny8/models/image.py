"""Images of a content: a prompt first, then a file."""

from typing import Any

from sqlalchemy import Connection, Label, Row, case, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one, created_column, site_column
from igny8.models.content import Content


class Image(Model):
    """`status` is pending, generated or failed; `path` is relative to the image folder.

    `provider` generated the file; `note` says why it is not the one that the site chose.
    `edited_by` changed prompt or alt text last, empty if they are a provider's.
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
    edited_by = db.Column(db.String(80), nullable=False, default="", server_default="")
    edited_at = db.Column(UtcDateTime)
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
    def edit_prompt(
        tx: Connection, image_id: int, seen: tuple[str, str], prompt: str, alt: str, by: str
    ) -> bool:
        """Store prompt and alt text of a pending image; `seen` are those that the person saw.

        Return False if others changed them meanwhile, or the image is not pending.
        """
        is_as_seen = (Image.id == image_id) & (Image.status == "pending")
        is_as_seen &= (Image.prompt == seen[0]) & (Image.alt == seen[1])
        values = {"prompt": prompt, "alt": alt, "edited_by": by, "edited_at": clock.now()}
        return changed_one(tx, update(Image).where(is_as_seen).values(values))

    @staticmethod
    def take_redrawn(tx: Connection, redraw: Row[Any], by: str) -> bool:
        """Show the image of a redraw (a row); return False if the image was replaced since.

        A failed image has no file before.
        """
        is_as_seen = (Image.id == redraw.image_id) & (Image.status != "pending")
        is_as_seen &= Image.path.is_not_distinct_from(redraw.path_before)
        copied = ("prompt", "alt", "path", "mime", "width", "height", "bytes", "provider")
        values = {name: getattr(redraw, name) for name in copied}
        values |= {"status": "generated", "note": ""}
        if (redraw.prompt, redraw.alt) != (redraw.prompt_before, redraw.alt_before):
            values |= {"edited_by": by, "edited_at": clock.now()}
        return changed_one(tx, update(Image).where(is_as_seen).values(values))

    @staticmethod
    def find(tx: Executor, content_id: int, image_id: int) -> Row[Any] | None:
        """Return an image of a content, or None."""
        table = Image.__table__
        own = (table.c.id == image_id) & (table.c.content_id == content_id)
        return tx.execute(select(table).where(own)).first()

    @staticmethod
    def title() -> Label:
        """Return the SQL expression for an image's title in lists: heading and article title.

        The query has to join Content.
        """
        heading, article = Image.__table__.c.heading, Content.__table__.c.title
        return case((heading == article, article), else_=heading + " · " + article).label("title")
