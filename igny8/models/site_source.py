"""Sources of a site: texts that articles use and cite, split into passages."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from igny8.extensions import db
from igny8.models.base import Executor, Model, created_column, insert_if_absent, site_column

KINDS = ("text", "file", "page")
MAX_TITLE_CHARS, MAX_ADDRESS_CHARS = 200, 2_000


class SiteSource(Model):
    """A pasted text, an uploaded file or a page of the site; `address` is set for a page.

    `chars` and `passage_count` are totals of `passages`, a list of texts. The texts of a site are
    unique.
    """

    __tablename__ = "site_source"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    kind = db.Column(db.String(4), nullable=False)
    title = db.Column(db.String(MAX_TITLE_CHARS), nullable=False)
    address = db.Column(db.String(MAX_ADDRESS_CHARS), nullable=False, default="")
    content_hash = db.Column(db.String(64), nullable=False)
    chars = db.Column(db.Integer, nullable=False)
    passage_count = db.Column(db.Integer, nullable=False)
    passages = db.Column(db.JSON, nullable=False)
    added_by = db.Column(db.String(80), nullable=False)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "content_hash"),
        db.CheckConstraint(
            "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS)), name="kind"
        ),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def add(
        tx: Connection,
        site_id: int,
        kind: str,
        title: str,
        address: str,
        passages: list[str],
        added_by: str,
    ) -> bool:
        """Store a source; return False if the site already has this text."""
        values = {
            "site_id": site_id,
            "kind": kind,
            "title": title[:MAX_TITLE_CHARS],
            "address": address,
            "content_hash": sha256("\n\n".join(passages).encode()).hexdigest(),
            "chars": sum(map(len, passages)),
            "passage_count": len(passages),
            "passages": passages,
            "added_by": added_by,
        }
        return tx.execute(insert_if_absent(tx, SiteSource.__table__), values).rowcount == 1

    @staticmethod
    def remove(tx: Connection, site_id: int, source_id: int) -> bool:
        """Delete a source; return False if there is none."""
        own = (SiteSource.site_id == site_id) & (SiteSource.id == source_id)
        return tx.execute(delete(SiteSource).where(own)).rowcount == 1

    @staticmethod
    def of_site(tx: Executor, site_id: int) -> Sequence[Row[Any]]:
        """Return the sources of a site without their passages, newest first."""
        table = SiteSource.__table__
        columns = [column for column in table.c if column.key != "passages"]
        query = select(*columns).where(table.c.site_id == site_id).order_by(table.c.id.desc())
        return tx.execute(query).all()

    @staticmethod
    def with_passages(tx: Executor, site_id: int) -> Sequence[Row]:
        """Return (title, address, passages) of the sources of a site, oldest first."""
        table = SiteSource.__table__
        columns = table.c.title, table.c.address, table.c.passages
        query = select(*columns).where(table.c.site_id == site_id).order_by(table.c.id)
        return tx.execute(query).all()

    @staticmethod
    def totals(tx: Executor, site_id: int) -> tuple[int, int]:
        """Return (number of sources, number of their characters) of a site."""
        table = SiteSource.__table__
        query = select(func.count(), func.coalesce(func.sum(table.c.chars), 0))
        count, chars = tx.execute(query.where(table.c.site_id == site_id)).one()
        return int(count), int(chars)
