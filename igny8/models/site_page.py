"""The pages of a website as found by the last reading."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    func,
    select,
    update,
)

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
    usage_column,
)

WAITING, READ, SKIPPED, FAILED, GONE = "waiting", "read", "skipped", "failed", "gone"
STATES = (WAITING, READ, SKIPPED, FAILED, GONE)
MAX_ATTEMPTS = 3  # requests for a page in one reading
MAX_TEXT_CHARS = 2_000  # that are stored of the text of a page
LOOKUP = 500  # addresses per SELECT


class ListedAddress(NamedTuple):
    """An address with its details in the sitemap, feed or WordPress list."""

    address: str
    title: str
    modified_at: datetime | None


class SitePage(Model):
    """A page of the website. Its `state` is waiting, then read, skipped, failed or gone.

    A skipped address is not a page of the site; `reason` says why.

    `reading_id` is the reading that found it last. A page counts (`counts`) if it was read, may be
    indexed, and is in the language of the site.
    """

    __tablename__ = "site_page"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    address = db.Column(db.Text, nullable=False)
    state = db.Column(db.String(12), nullable=False, default=WAITING)
    reason = db.Column(db.Text, nullable=False, default="")
    title = db.Column(db.Text, nullable=False, default="")
    h1 = db.Column(db.Text, nullable=False, default="")
    text = db.Column(db.Text, nullable=False, default="")
    content_hash = db.Column(db.String(40), nullable=False, default="")
    canonical = db.Column(db.Text, nullable=False, default="")
    language = db.Column(db.String(12), nullable=False, default="")
    alternates = db.Column(db.JSON, nullable=False, default=dict)
    links = db.Column(db.JSON, nullable=False, default=list)
    counts = db.Column(db.Boolean, nullable=False, default=False)
    modified_at = db.Column(UtcDateTime)
    read_at = db.Column(UtcDateTime)
    attempts = usage_column()
    reading_id = db.Column(db.Integer, nullable=False)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "address"),
        db.Index("ix_site_page_work", "site_id", "state", "attempts", "id"),
        db.CheckConstraint(
            "state IN ('waiting', 'read', 'skipped', 'failed', 'gone')", name="state"
        ),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def enlist(
        tx: Connection, site_id: int, reading_id: int, found: Sequence[ListedAddress], limit: int
    ) -> bool:
        """Add or update listed addresses; return False once the site has `limit` pages.

        A page is not read again if the site reports that it did not change since.
        """
        table = SitePage.__table__
        names = {each.address: each for each in found}
        known = _known(tx, site_id, list(names))
        new = [each for name, each in names.items() if name not in known]
        room = max(0, limit - SitePage.count(tx, site_id)) if new else 0
        if new[:room]:
            now = clock.now()
            rows = [
                each._asdict()
                | {
                    "site_id": site_id,
                    "reading_id": reading_id,
                    "state": WAITING,
                    "created_at": now,
                }
                for each in new[:room]
            ]
            tx.execute(insert_if_absent(tx, table), rows)
        again = [
            {
                "of": row.id,
                "modified": (at := names[row.address].modified_at),
                "next": row.state if _is_unchanged(row, at) else WAITING,
                "tries": 0,
            }
            for row in known.values()
            if row.reading_id != reading_id
        ]
        if again:
            tx.execute(
                update(table)
                .where(table.c.id == bindparam("of"))
                .values(
                    reading_id=reading_id,
                    modified_at=bindparam("modified"),
                    state=bindparam("next"),
                    attempts=bindparam("tries"),
                ),
                again,
            )
        return len(new) <= room

    @staticmethod
    def store(tx: Connection, site_id: int, address: str, **values: Any) -> bool:
        """Store the content of an address; return False if the site has no such page."""
        table = SitePage.__table__
        statement = update(table).where(table.c.site_id == site_id, table.c.address == address)
        return changed_one(tx, statement.values(read_at=clock.now(), **values))

    @staticmethod
    def next_waiting(tx: Connection, site_id: int, reading_id: int) -> Any:
        """Return the next page of a reading and count the attempt; None if none is left.

        After MAX_ATTEMPTS attempts without a result a page counts as failed: it may have crashed
        the process that read it.
        """
        table = SitePage.__table__
        mine = (
            table.c.site_id == site_id,
            table.c.state == WAITING,
            table.c.reading_id == reading_id,
        )
        tx.execute(
            update(table)
            .where(*mine, table.c.attempts >= MAX_ATTEMPTS)
            .values(
                state=FAILED,
                counts=False,
                reason=func.coalesce(
                    func.nullif(table.c.reason, ""), "Reading this page stopped the worker."
                ),
            )
        )
        query = select(table).where(*mine).order_by(table.c.attempts, table.c.id).limit(1)
        row = tx.execute(query).first()
        if row is not None:
            tx.execute(
                update(table).where(table.c.id == row.id).values(attempts=table.c.attempts + 1)
            )
        return row

    @staticmethod
    def mark_gone(tx: Connection, site_id: int, reading_id: int) -> int:
        """Mark the pages that a full reading did not find; return how many there are."""
        table = SitePage.__table__
        return tx.execute(
            update(table)
            .where(
                table.c.site_id == site_id,
                table.c.reading_id != reading_id,
                table.c.state != GONE,
            )
            .values(state=GONE, counts=False, reason="The site does not list this page any more.")
        ).rowcount

    @staticmethod
    def count(tx: Executor, site_id: int, reading_id: int | None = None) -> int:
        """Return how many addresses of a site are known, or were found by a reading."""
        table = SitePage.__table__
        query = select(func.count()).where(table.c.site_id == site_id)
        if reading_id is not None:
            query = query.where(table.c.reading_id == reading_id)
        return tx.execute(query).scalar_one()

    @staticmethod
    def waiting(tx: Executor, site_id: int, reading_id: int) -> int:
        """Return how many pages of a reading are still unread."""
        table = SitePage.__table__
        of_reading = (table.c.site_id == site_id) & (table.c.reading_id == reading_id)
        query = select(func.count()).where(of_reading, table.c.state == WAITING)
        return tx.execute(query).scalar_one()

    @staticmethod
    def state_counts(tx: Executor, site_id: int) -> dict[str, int]:
        """Return how many pages of a site are in each state; states without pages count 0."""
        table = SitePage.__table__
        query = select(table.c.state, func.count()).where(table.c.site_id == site_id)
        return dict.fromkeys(STATES, 0) | dict(tx.execute(query.group_by(table.c.state)).all())


def _known(tx: Connection, site_id: int, addresses: list[str]) -> dict[str, Any]:
    table = SitePage.__table__
    found: dict[str, Any] = {}
    columns = (table.c.id, table.c.address, table.c.state, table.c.modified_at, table.c.reading_id)
    for start in range(0, len(addresses), LOOKUP):
        part = addresses[start : start + LOOKUP]
        query = select(*columns).where(table.c.site_id == site_id, table.c.address.in_(part))
        found |= {row.address: row for row in tx.execute(query)}
    return found


def _is_unchanged(row: Any, modified_at: datetime | None) -> bool:
    is_known = row.state in (READ, SKIPPED) and row.modified_at is not None
    return is_known and modified_at is not None and modified_at <= row.modified_at
