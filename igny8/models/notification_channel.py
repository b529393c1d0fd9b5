"""Notification channels: where one person receives the events of one site."""

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, created_column, site_column
from igny8.models.encryption import encrypt

MAIL, WEBHOOK, CHAT = "mail", "webhook", "chat"
KINDS = (MAIL, WEBHOOK, CHAT)
AT_ONCE, HOURLY, DAILY = "now", "hour", "day"
DIGESTS = {AT_ONCE: "At once", HOURLY: "Once per hour", DAILY: "Once per day"}
DEFAULT_REVIEW_COUNT = 5


class NotificationChannel(Model):
    """`address` is a mail address, the URL of a webhook, or the name of a chat service.

    The secret is the key of a webhook, or the complete address of a chat. `events` are keys of
    notifications/event_kinds.py. `quiet_from` and `quiet_until` ("22:00") are empty for no quiet
    hours. All times are in the time zone of the site. `review_count` is how many articles of a run
    have to be ready before it is told.
    """

    __tablename__ = "notification_channel"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False
    )
    kind = db.Column(db.String(8), nullable=False)
    address = db.Column(db.String(300), nullable=False)
    encrypted_secret = db.Column("sealed_secret", db.Text, key="encrypted_secret")
    events = db.Column(db.JSON, nullable=False, default=list)
    review_count = db.Column(db.Integer, nullable=False, default=DEFAULT_REVIEW_COUNT)
    digest = db.Column(db.String(4), nullable=False, default=AT_ONCE)
    digest_time = db.Column(db.String(5), nullable=False, default="08:00")
    quiet_from = db.Column(db.String(5), nullable=False, default="")
    quiet_until = db.Column(db.String(5), nullable=False, default="")
    created_at = created_column()

    __table_args__ = (
        db.Index("ix_notification_channel_site", "site_id", "user_id"),
        db.CheckConstraint("kind IN ('mail', 'webhook', 'chat')", name="kind"),
        db.CheckConstraint("digest IN ('now', 'hour', 'day')", name="digest"),
        db.CheckConstraint("review_count > 0", name="review_count"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(tx: Connection, site_id: int, user_id: int, secret: str, **values: Any) -> int:
        """Add a channel and return its id."""
        row = {"site_id": site_id, "user_id": user_id, **values, **_sealed(secret)}
        statement = insert(NotificationChannel).values(row).returning(NotificationChannel.id)
        return tx.execute(statement).scalar_one()

    @staticmethod
    def change(tx: Connection, row: Row, secret: str, **values: Any) -> bool:
        """Change a channel (a row); return False if it was deleted.

        An empty secret keeps the stored one; the caller requires a new one where necessary.
        """
        table = NotificationChannel.__table__
        values |= _sealed(secret) if secret else {}
        return changed_one(tx, update(table).where(table.c.id == row.id).values(values))

    @staticmethod
    def remove(tx: Connection, channel_id: int) -> bool:
        """Delete a channel with its secret and messages; return False if it was deleted."""
        table = NotificationChannel.__table__
        return changed_one(tx, delete(table).where(table.c.id == channel_id))

    @staticmethod
    def find(tx: Executor, site_id: int, user_id: int, channel_id: int) -> Row[Any] | None:
        """Return the row of a person's channel for a site, or None."""
        table = NotificationChannel.__table__
        own = (table.c.site_id == site_id, table.c.user_id == user_id, table.c.id == channel_id)
        return tx.execute(select(table).where(*own)).first()

    @staticmethod
    def of_person(tx: Executor, site_id: int, user_id: int) -> list[Row[Any]]:
        """Return the channels of a person for a site, oldest first."""
        table = NotificationChannel.__table__
        own = (table.c.site_id == site_id, table.c.user_id == user_id)
        return list(tx.execute(select(table).where(*own).order_by(table.c.id)).all())

    @staticmethod
    def interested(tx: Connection, site_id: int, kinds: set[str]) -> list[Row[Any]]:
        """Return the channels of a site that subscribed to one of these kinds of events."""
        table = NotificationChannel.__table__
        rows = tx.execute(select(table).where(table.c.site_id == site_id)).all()
        return [row for row in rows if kinds & set(row.events)]

    @staticmethod
    def remove_of_person(tx: Connection, site_id: int, user_id: int) -> None:
        """Delete the channels of a person for a site when the person leaves it."""
        table = NotificationChannel.__table__
        tx.execute(delete(table).where(table.c.site_id == site_id, table.c.user_id == user_id))


def _sealed(secret: str) -> dict[str, Any]:
    return {"encrypted_secret": encrypt(secret) if secret else None}
