"""Readings of a website: a worker lists its addresses, reads its pages and compares keywords."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    created_column,
    insert_if_absent,
    site_column,
    usage_column,
)

AUTO, LIST = "auto", "list"
ADDRESSES, PAGES, COVERAGE = "addresses", "pages", "coverage"  # phases, in this order
OPEN = "queued"


class SiteReading(Model):
    """`state`: queued → done, failed or cancelled; a site has at most one queued reading.

    `source` is auto (detected) or list (the addresses were given by the user); `found_as` is the
    kind of listing that was found. `cursor` is where listing continues. While a worker has claimed
    it, `claim_token` is set and `heartbeat_at` is recent; `attempts` counts consecutive claims
    without progress.
    """

    __tablename__ = "site_reading"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column(index=True)
    state = db.Column(db.String(12), nullable=False, default=OPEN)
    phase = db.Column(db.String(12), nullable=False, default=ADDRESSES)
    source = db.Column(db.String(12), nullable=False, default=AUTO)
    found_as = db.Column(db.String(12), nullable=False, default="")
    url = db.Column(db.Text, nullable=False)
    since = db.Column(UtcDateTime)
    cursor = db.Column(db.JSON)
    pages_found = usage_column()
    notes = db.Column(db.JSON, nullable=False, default=list)
    error = db.Column(db.Text, nullable=False, default="")
    claim_token = db.Column(db.String(32))
    heartbeat_at = db.Column(UtcDateTime)
    not_before = db.Column(UtcDateTime)
    attempts = usage_column()
    cancel_requested = db.Column(
        db.Boolean, nullable=False, default=False, server_default=db.false()
    )
    started_by = db.Column(db.String(80), nullable=False, default="")
    created_at = created_column()
    finished_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.Index(
            "uq_site_reading_open",
            "site_id",
            unique=True,
            sqlite_where=db.text("state = 'queued'"),
            postgresql_where=db.text("state = 'queued'"),
        ),
        db.CheckConstraint("state IN ('queued', 'done', 'failed', 'cancelled')", name="state"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def queue(tx: Connection, site_id: int, **values: Any) -> int | None:
        """Queue a reading and return its id; None if the site has an open one."""
        table = SiteReading.__table__
        statement = insert_if_absent(tx, table).values(site_id=site_id, **values)
        found = tx.execute(statement.returning(table.c.id)).first()
        return None if found is None else int(found.id)

    @staticmethod
    def newest(tx: Executor, site_id: int) -> Row[Any] | None:
        """Return the row of the newest reading of a site, or None."""
        table = SiteReading.__table__
        query = select(table).where(table.c.site_id == site_id)
        return tx.execute(query.order_by(table.c.id.desc()).limit(1)).first()

    @staticmethod
    def last_done(tx: Executor, site_id: int, url: str, is_whole: bool = False) -> Row[Any] | None:
        """Return the newest finished reading of an address; `is_whole` excludes partial ones."""
        table = SiteReading.__table__
        query = select(table).where(
            table.c.site_id == site_id, table.c.state == "done", table.c.url == url
        )
        if is_whole:
            query = query.where(table.c.since.is_(None))
        return tx.execute(query.order_by(table.c.id.desc()).limit(1)).first()

    @staticmethod
    def cancel(tx: Connection, site_id: int) -> bool:
        """Cancel the open reading of a site; return False if there is none.

        Pages that were read are kept. A worker that has claimed it ends it.
        """
        table = SiteReading.__table__
        is_open = (table.c.site_id == site_id, table.c.state == OPEN)
        ended = tx.execute(
            update(table)
            .where(*is_open, table.c.claim_token.is_(None))
            .values(state="cancelled", finished_at=clock.now())
        ).rowcount
        asked = tx.execute(update(table).where(*is_open).values(cancel_requested=True)).rowcount
        return bool(ended or asked)
