"""Notifications: events stored for channels, and the deliveries that carry them.

States and transitions: docs/notifications.md.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
)
from igny8.models.notification_channel import NotificationChannel

QUEUED, SENDING, SENT, UNKNOWN, FAILED, DROPPED = (
    "queued",
    "sending",
    "sent",
    "unknown",
    "failed",
    "dropped",
)
STATES = (QUEUED, SENDING, SENT, UNKNOWN, FAILED, DROPPED)
NO_CLAIM: dict[str, Any] = {
    "claim_token": None,  # a column name, no password # nosec B105
    "claimed_at": None,
}
ENDED = (SENT, UNKNOWN, FAILED, DROPPED)


class Delivery(Model):
    """One message to one channel. `message_id` stays the same however often it is sent.

    `is_handed_over` is set before the message is sent: from then on it may have arrived.
    """

    __tablename__ = "notification_delivery"

    id = db.Column(db.Integer, primary_key=True)
    channel_id = db.Column(
        db.Integer, db.ForeignKey("notification_channel.id", ondelete="CASCADE"), nullable=False
    )
    message_id = db.Column(db.String(40), nullable=False, unique=True)
    state = db.Column(db.String(8), nullable=False, default=QUEUED)
    reason = db.Column(db.Text, nullable=False, default="")
    is_handed_over = db.Column(db.Boolean, nullable=False, default=False)
    claim_token = db.Column(db.String(32))
    claimed_at = db.Column(UtcDateTime)
    attempts = db.Column(db.Integer, nullable=False, default=0)
    not_before = db.Column(UtcDateTime)
    created_at = created_column()
    ended_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.Index("ix_notification_delivery_state", "state", "id"),
        db.Index("ix_notification_delivery_channel", "channel_id", "id"),
        db.CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="state"),
        db.CheckConstraint("(state = 'sending') = (claim_token IS NOT NULL)", name="claim"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def bundle(tx: Connection, channel_id: int) -> bool:
        """Bundle the waiting events of a channel in a delivery; return False if there are none."""
        channel, waiting = NotificationChannel.__table__, Notification.__table__
        tx.execute(select(channel.c.id).where(channel.c.id == channel_id).with_for_update())
        is_waiting = (waiting.c.channel_id == channel_id, waiting.c.delivery_id.is_(None))
        if tx.execute(select(waiting.c.id).where(*is_waiting).limit(1)).first() is None:
            return False
        values = {"channel_id": channel_id, "message_id": f"msg_{secrets.token_hex(16)}"}
        made = tx.execute(insert(Delivery).values(values).returning(Delivery.id)).scalar_one()
        tx.execute(update(waiting).where(*is_waiting).values(delivery_id=made))
        return True

    @staticmethod
    def change(tx: Connection, row: Row, state: str | None = None, **values: Any) -> bool:
        """Change a claimed delivery (a row); return False if the claim is lost.

        A new state releases the claim.
        """
        table = Delivery.__table__
        if state is not None:
            values |= {"state": state, **NO_CLAIM}
        if state in ENDED:
            values["ended_at"] = clock.now()
        held = (table.c.id == row.id, table.c.claim_token == row.claim_token)
        return changed_one(tx, update(table).where(*held).values(values))

    @staticmethod
    def prune(tx: Connection, days: int) -> None:
        """Delete deliveries that ended more than some days ago, with their notifications."""
        oldest = clock.now() - timedelta(days=days)
        tx.execute(delete(Delivery).where(Delivery.ended_at < oldest))

    @staticmethod
    def latest_of(tx: Executor, channel_ids: list[int], limit: int) -> list[Row[Any]]:
        """Return the latest deliveries of channels, newest first."""
        table = Delivery.__table__
        query = select(table).where(table.c.channel_id.in_(channel_ids))
        return list(tx.execute(query.order_by(table.c.id.desc()).limit(limit)).all())


class Notification(Model):
    """An event for one channel: `text` is a sentence, `page` the address of the page to open.

    `key` identifies the event: a channel is told once. `run` is the public id of the run, or empty.
    """

    __tablename__ = "notification"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    channel_id = db.Column(
        db.Integer, db.ForeignKey("notification_channel.id", ondelete="CASCADE"), nullable=False
    )
    delivery_id = db.Column(
        db.Integer, db.ForeignKey("notification_delivery.id", ondelete="CASCADE")
    )
    key = db.Column(db.String(80), nullable=False)
    kind = db.Column(db.String(12), nullable=False)
    text = db.Column(db.Text, nullable=False)
    page = db.Column(db.String(12), nullable=False)
    run = db.Column(db.String(32), nullable=False, default="")
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("channel_id", "key"),
        db.Index("ix_notification_delivery", "delivery_id", "channel_id"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def store(tx: Connection, channel: Row, key: str, **values: Any) -> None:
        """Store an event for a channel (a row) unless it is stored already."""
        row = {"site_id": channel.site_id, "channel_id": channel.id, "key": key, **values}
        tx.execute(insert_if_absent(tx, Notification.__table__).values(row))

    @staticmethod
    def of_delivery(tx: Executor, delivery_id: int) -> list[Row[Any]]:
        """Return the events of a delivery in their order."""
        table = Notification.__table__
        query = select(table).where(table.c.delivery_id == delivery_id).order_by(table.c.id)
        return list(tx.execute(query).all())

    @staticmethod
    def waiting_since(tx: Executor) -> dict[int, datetime]:
        """Return {channel id: time of the first event} of events that are in no delivery yet."""
        table = Notification.__table__
        first = select(table.c.channel_id, db.func.min(table.c.created_at))
        rows = tx.execute(first.where(table.c.delivery_id.is_(None)).group_by(table.c.channel_id))
        return {row[0]: row[1] for row in rows}
