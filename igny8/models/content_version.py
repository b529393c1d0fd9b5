"""Earlier versions of articles: every text that a run or a person replaced."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, literal, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, insert_if_absent, site_column
from igny8.models.content import Content

KINDS = ("machine", "person", "rewrite", "restored")
# texts of an article that a person edits: the most characters of each
MAX_CHARS = {
    "title": 200,
    "meta_title": 200,
    "meta_description": 400,
    "excerpt": 1000,
    "html": 400_000,
}
TEXTS = tuple(MAX_CHARS)
COPIED = (*TEXTS, "citations")


class ContentVersion(Model):
    """A text that was replaced; the current text is in the content itself.

    `kind` is how it was made: "machine" (a run), "person" (an edit), "rewrite" (a part that a model
    changed and a person or a run accepted) or "restored"; `author` is a person or a model.
    """

    __tablename__ = "content_version"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False
    )
    number = db.Column(db.Integer, nullable=False)
    kind = db.Column(db.String(8), nullable=False)
    author = db.Column(db.String(120), nullable=False)
    title = db.Column(db.Text, nullable=False)
    meta_title = db.Column(db.Text, nullable=False)
    meta_description = db.Column(db.Text, nullable=False)
    excerpt = db.Column(db.Text, nullable=False)
    html = db.Column(db.Text, nullable=False)
    citations = db.Column(db.JSON, nullable=False, default=list, server_default="[]")
    written_at = db.Column(UtcDateTime, nullable=False, default=clock.now)

    __table_args__ = (
        db.UniqueConstraint("content_id", "number"),
        db.CheckConstraint(
            "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS)), name="kind"
        ),
    )

    @staticmethod
    def keep(tx: Connection, condition: Any) -> None:
        """Copy the current texts of the matching contents before they are replaced."""
        content = Content.__table__
        machine = case((content.c.model != "", content.c.model), else_=content.c.provider)
        columns = {
            "site_id": content.c.site_id,
            "content_id": content.c.id,
            "number": content.c.version,
            "kind": content.c.version_kind,
            "author": case((content.c.edited_by != "", content.c.edited_by), else_=machine),
            "written_at": func.coalesce(content.c.edited_at, content.c.created_at),
            **{name: content.c[name] for name in COPIED},
        }
        rows = select(*columns.values()).where(condition)
        table = ContentVersion.__table__
        tx.execute(insert_if_absent(tx, table).from_select(list(columns), rows))

    @staticmethod
    def add_first(tx: Connection, content_id: int, site_id: int, author: str, html: str) -> None:
        """Store the first text of a run, which it then changed itself, as the earlier version."""
        content = Content.__table__
        columns = {
            "site_id": literal(site_id),
            "content_id": content.c.id,
            "number": content.c.version,
            "kind": literal("machine"),
            "author": literal(author),
            "written_at": content.c.created_at,
            **{name: content.c[name] for name in COPIED if name != "html"},
            "html": literal(html),
        }
        rows = select(*columns.values()).where(content.c.id == content_id)
        table = ContentVersion.__table__
        tx.execute(insert_if_absent(tx, table).from_select(list(columns), rows))
        tx.execute(
            update(content)
            .where(content.c.id == content_id)
            .values(version=content.c.version + 1, version_kind="rewrite")
        )

    @staticmethod
    def replace(
        tx: Connection,
        site_id: int,
        content_id: int,
        kind: str,
        by: str,
        seen_at: datetime | None,
        **values: Any,
    ) -> bool:
        """Copy the current text of a content in review and store a new one in its place.

        Return False, changing nothing, if it left review or was edited since `seen_at`.
        """
        content = Content.__table__
        ContentVersion.keep(tx, (content.c.id == content_id) & (content.c.site_id == site_id))
        numbers = {"version": content.c.version + 1, "version_kind": kind}
        return Content.edit(tx, site_id, content_id, by, seen_at, **numbers, **values)

    @staticmethod
    def take_in(
        tx: Connection,
        site_id: int,
        content_id: int,
        editor: str,
        by: str,
        seen_at: datetime | None,
        **values: Any,
    ) -> bool:
        """Copy the current text and replace it by one that `editor` wrote elsewhere.

        An approved content stays approved, by `by`. Return False, changing nothing, if it is
        neither approved nor in review, or was edited since `seen_at`.
        """
        content = Content.__table__
        ContentVersion.keep(tx, (content.c.id == content_id) & (content.c.site_id == site_id))
        values |= {"version": content.c.version + 1, "version_kind": "person"}
        seen = (tx, site_id, content_id, editor, seen_at)
        return Content.edit_approved(*seen, by, **values) or Content.edit(*seen, **values)

    @staticmethod
    def list_of(tx: Executor, content_id: int) -> list[Row[Any]]:
        """Return (number, kind, author, written_at) of earlier versions, latest first.

        The current version is left out; a refused edit may have copied it.
        """
        table = ContentVersion.__table__
        columns = table.c.number, table.c.kind, table.c.author, table.c.written_at
        return list(
            tx.execute(
                select(*columns)
                .join(Content, Content.id == table.c.content_id)
                .where(table.c.content_id == content_id, table.c.number < Content.version)
                .order_by(table.c.number.desc())
            )
        )

    @staticmethod
    def find(tx: Executor, content_id: int, number: int) -> Row[Any] | None:
        """Return an earlier version of a content, or None."""
        table = ContentVersion.__table__
        return tx.execute(
            select(table).where(table.c.content_id == content_id, table.c.number == number)
        ).first()
