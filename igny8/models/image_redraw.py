"""Redraws of single images that people asked a model for."""

from typing import Any

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
)
from igny8.models.changes import (
    OPEN_STATES,
    ChangeColumns,
    change_constraints,
    move_change,
)
from igny8.models.content import Content


class ImageRedraw(ChangeColumns, Model):
    """`path` is the file that the model drew; it replaces that of the image when accepted.

    The columns that end in `_before` are those of the image when it was asked for. An image has
    one open redraw at most.
    """

    __tablename__ = "image_redraw"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False
    )
    image_id = db.Column(db.Integer, db.ForeignKey("image.id", ondelete="CASCADE"), nullable=False)
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    prompt = db.Column(db.Text, nullable=False)
    alt = db.Column(db.Text, nullable=False)
    prompt_before = db.Column(db.Text, nullable=False)
    alt_before = db.Column(db.Text, nullable=False)
    path_before = db.Column(db.Text)
    path = db.Column(db.Text)
    mime = db.Column(db.String(20))
    width = db.Column(db.Integer)
    height = db.Column(db.Integer)
    bytes = db.Column(db.Integer)
    provider = db.Column(db.String(160), nullable=False, default="", server_default="")
    created_at = created_column()

    __table_args__ = change_constraints("image_redraw", "image_id")

    @staticmethod
    def request(
        tx: Connection, run_id: int, image: Row[Any], prompt: str, alt: str, by: str
    ) -> bool:
        """Ask for another file of an image (a row); False if one is asked for already."""
        values = {
            "site_id": image.site_id,
            "content_id": image.content_id,
            "image_id": image.id,
            "run_id": run_id,
            "prompt": prompt,
            "alt": alt,
            "prompt_before": image.prompt,
            "alt_before": image.alt,
            "path_before": image.path,
            "requested_by": by,
            "created_at": clock.now(),
        }
        asked = insert_if_absent(tx, ImageRedraw.__table__).values(values)
        if not changed_one(tx, asked):
            return False
        Content.require_person(tx, image.content_id, "redrawing")
        return True

    @staticmethod
    def move(tx: Connection, redraw_id: int, sources: tuple[str, ...], state: str) -> bool:
        """Set a new state if the current one is in `sources`; return whether it was."""
        return move_change(ImageRedraw, tx, redraw_id, sources, state)

    @staticmethod
    def find(tx: Executor, content_id: int, redraw_id: int) -> Row[Any] | None:
        """Return a redraw of an image of a content, or None."""
        table = ImageRedraw.__table__
        own = (table.c.id == redraw_id) & (table.c.content_id == content_id)
        return tx.execute(select(table).where(own)).first()

    @staticmethod
    def shown(tx: Executor, content_id: int) -> dict[int, Row[Any]]:
        """Return the latest redraws of a content that are open or failed, by image."""
        table = ImageRedraw.__table__
        query = select(table).where(table.c.content_id == content_id).order_by(table.c.id)
        latest = {row.image_id: row for row in tx.execute(query)}
        shown = (*OPEN_STATES, "failed")
        return {image_id: row for image_id, row in latest.items() if row.state in shown}
