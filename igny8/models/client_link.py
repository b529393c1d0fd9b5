"""Links with which clients read, comment on and decide about articles without an account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one, created_column, site_column
from igny8.models.content import Content
from igny8.models.tokens import hash_token, new_token

SHOWN_STATUSES = ("review", "approved", "sent_back")
MAX_ARTICLES = 200


class ClientLink(Model):
    """A link for a client, valid until `ends_at` unless revoked.

    `content_id` None means all articles of the site that were handed over for review. `may_decide`
    is whether the client may approve and request changes, not only read and comment.
    """

    __tablename__ = "client_link"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column(index=True)
    content_id = db.Column(db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"))
    name = db.Column(db.String(80), nullable=False)
    token_hash = db.Column(db.String(64), nullable=False, unique=True)
    may_decide = db.Column(db.Boolean, nullable=False, default=True)
    made_by = db.Column(db.String(80), nullable=False)
    created_at = created_column()
    ends_at = db.Column(UtcDateTime, nullable=False)
    revoked_at = db.Column(UtcDateTime)
    used_at = db.Column(UtcDateTime)

    __table_args__ = ({"sqlite_autoincrement": True},)

    @staticmethod
    def create(
        tx: Connection,
        site_id: int,
        name: str,
        made_by: str,
        ends_at: datetime,
        content_id: int | None = None,
        may_decide: bool = True,
    ) -> str:
        """Create a link and return its token, which is not available later."""
        token = new_token()
        tx.execute(
            insert(ClientLink).values(
                site_id=site_id,
                content_id=content_id,
                name=name,
                token_hash=hash_token(token),
                may_decide=may_decide,
                made_by=made_by,
                ends_at=ends_at,
            )
        )
        return token

    @staticmethod
    def find(tx: Executor, token: str) -> Row[Any] | None:
        """Return the row of a link that is neither revoked nor expired, or None."""
        table = ClientLink.__table__
        is_open = table.c.revoked_at.is_(None) & (table.c.ends_at > clock.now())
        query = select(table).where(table.c.token_hash == hash_token(token), is_open)
        return tx.execute(query).first()

    @staticmethod
    def of_site(tx: Executor, site_id: int) -> Sequence[Row[Any]]:
        """Return the links of a site, newest first, with the title of their article."""
        table, content = ClientLink.__table__, Content.__table__
        query = select(table, content.c.title).outerjoin(
            content, content.c.id == table.c.content_id
        )
        return tx.execute(query.where(table.c.site_id == site_id).order_by(table.c.id.desc())).all()

    @staticmethod
    def revoke(tx: Connection, site_id: int, link_id: int) -> bool:
        """End a link now; return False if it is revoked or missing."""
        own = (ClientLink.site_id == site_id) & (ClientLink.id == link_id)
        changed = update(ClientLink).where(own, ClientLink.revoked_at.is_(None))
        return changed_one(tx, changed.values(revoked_at=clock.now()))

    @staticmethod
    def record_use(tx: Connection, link_id: int) -> None:
        """Store the current time as the last use of a link."""
        tx.execute(update(ClientLink).where(ClientLink.id == link_id).values(used_at=clock.now()))

    @staticmethod
    def articles(link: Row[Any]) -> Select[Any]:
        """Return the query of the articles that a link shows, with all columns."""
        table = Content.__table__
        query = select(table).where(
            table.c.site_id == link.site_id,
            table.c.handed_over.is_(True),
            table.c.status.in_(SHOWN_STATUSES),
        )
        if link.content_id is not None:
            query = query.where(table.c.id == link.content_id)
        return query.order_by(table.c.handed_over_at, table.c.id)


class ClientComment(Model):
    """A client's comment on an article; `quote` is the text it refers to, "" for the whole.

    `verdict` is approved or changes if the comment came with a decision. `resolved_at` is when it
    was added to a note for the rewrite.
    """

    __tablename__ = "client_comment"

    id = db.Column(db.Integer, primary_key=True)
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False, index=True
    )
    link_id = db.Column(db.Integer, db.ForeignKey("client_link.id", ondelete="SET NULL"))
    author = db.Column(db.String(80), nullable=False)
    quote = db.Column(db.Text, nullable=False, default="")
    text = db.Column(db.Text, nullable=False)
    verdict = db.Column(db.String(8), nullable=False, default="")
    created_at = created_column()
    resolved_at = db.Column(UtcDateTime)

    __table_args__ = ({"sqlite_autoincrement": True},)

    @staticmethod
    def add(
        tx: Connection,
        content_id: int,
        link_id: int,
        author: str,
        text: str,
        quote: str = "",
        verdict: str = "",
    ) -> None:
        """Store a comment; from then on only a person may approve the article."""
        values = {"content_id": content_id, "link_id": link_id, "author": author}
        values |= {"text": text, "quote": quote, "verdict": verdict}
        tx.execute(insert(ClientComment).values(values))
        if verdict != "approved":
            Content.require_person(tx, content_id, "commented")

    @staticmethod
    def of_article(tx: Executor, content_id: int) -> Sequence[Row[Any]]:
        """Return the comments on an article, oldest first."""
        table = ClientComment.__table__
        query = select(table).where(table.c.content_id == content_id).order_by(table.c.id)
        return tx.execute(query).all()

    @staticmethod
    def with_comments(tx: Connection, content_id: int, note: str) -> str:
        """Return a note for the rewrite with the open comments appended, and resolve these."""
        table = ClientComment.__table__
        is_open = (
            (table.c.content_id == content_id)
            & table.c.resolved_at.is_(None)
            & (table.c.verdict != "approved")
        )
        rows = tx.execute(select(table).where(is_open).order_by(table.c.id)).all()
        lines = [f"“{row.quote}”: {row.text}" if row.quote else row.text for row in rows]
        tx.execute(update(table).where(is_open).values(resolved_at=clock.now()))
        return "\n".join(dict.fromkeys(filter(None, [note, *lines])))
