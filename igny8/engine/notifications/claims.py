"""Claim deliveries: one process per delivery, and one delivery per channel at a time.

Protocol: docs/notifications.md#claiming.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select, update

from igny8 import clock
from igny8.engine.claim_lease import is_stale
from igny8.engine.notifications.timing import is_due
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Delivery, Membership, Notification, NotificationChannel, SiteSettings
from igny8.models.notification import DROPPED, QUEUED, SENDING, UNKNOWN
from igny8.models.notification_channel import WEBHOOK

delivery, channel = Delivery.__table__, NotificationChannel.__table__
settings = SiteSettings.__table__
LEASE_S = 300.0  # longer than any message takes to send; a claim of that age is a dead process's
NOT_ENTITLED = "The person does not see the site any more."
MAY_HAVE_ARRIVED = (
    "IGNY8 was stopped while it sent this. It may have arrived, so it is not sent again."
)


def claim_next() -> Row | None:
    """Claim a delivery that is due; return its row with its new token, or None.

    Claims of dead processes are released and due events are bundled first.
    """
    recover_stale()
    bundle_due()
    with read_transaction() as tx:
        waiting = tx.execute(_due(clock.now()).order_by(delivery.c.id).limit(20)).scalars().all()
    for delivery_id in waiting:
        if (claimed := _claim(delivery_id)) is not None:
            return claimed
    return None


def bundle_due() -> None:
    """Bundle the events that are due into deliveries, one per channel."""
    now = clock.now()
    with read_transaction() as tx:
        since = Notification.waiting_since(tx)
        query = (
            select(channel, settings.c.time_zone)
            .join(settings, settings.c.site_id == channel.c.site_id)
            .where(channel.c.id.in_(since))
        )
        rows = tx.execute(query).all() if since else []
    for row in rows:
        if is_due(row, row.time_zone, since[row.id], now):
            with write_transaction() as tx:
                Delivery.bundle(tx, row.id)


def recover_stale() -> None:
    """End or release the claims of dead processes.

    A message that may have arrived is sent again only to webhooks, which ignore a known message id.
    """
    now = clock.now()
    is_lost = is_stale(delivery.c.claimed_at, now, LEASE_S)
    query = (
        select(delivery, channel.c.kind)
        .join(channel, channel.c.id == delivery.c.channel_id)
        .where(delivery.c.state == SENDING, is_lost)
    )
    with read_transaction() as tx:
        rows = tx.execute(query).all()
    for row in rows:
        with write_transaction() as tx:
            if row.is_handed_over and row.kind != WEBHOOK:
                Delivery.change(tx, row, UNKNOWN, reason=MAY_HAVE_ARRIVED)
            else:
                Delivery.change(tx, row, QUEUED, is_handed_over=False)


def _due(now: datetime) -> Any:
    other = delivery.alias("other")
    is_busy = exists().where(other.c.channel_id == delivery.c.channel_id, other.c.state == SENDING)
    return select(delivery.c.id).where(
        delivery.c.state == QUEUED, ~is_busy, _has_waited(delivery.c.not_before, now)
    )


def _has_waited(not_before: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    return or_(not_before.is_(None), not_before <= now)


def _claim(delivery_id: int) -> Row | None:
    """Claim a delivery unless another process was faster; delete it if the person was removed."""
    with write_transaction() as tx:
        query = select(channel).join(delivery, delivery.c.channel_id == channel.c.id)
        owner = tx.execute(
            query.where(delivery.c.id == delivery_id).with_for_update(of=channel)
        ).first()
        now = clock.now()
        is_due_still = tx.execute(_due(now).where(delivery.c.id == delivery_id)).first()
        if owner is None or is_due_still is None:
            return None
        claim = {
            "state": SENDING,
            "claim_token": secrets.token_hex(16),
            "claimed_at": now,
            "attempts": delivery.c.attempts + 1,
            "not_before": None,
        }
        tx.execute(update(delivery).where(delivery.c.id == delivery_id).values(claim))
        row = tx.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
        if not Membership.sees_site(tx, owner.user_id, owner.site_id):
            Delivery.change(tx, row, DROPPED, reason=NOT_ENTITLED)
            return None
        return row
