"""Send claimed deliveries and store their outcomes.

Outcomes: docs/notifications.md#outcomes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from igny8 import clock
from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.claim_lease import LostClaim
from igny8.engine.fault_injection import fault_point
from igny8.engine.notifications import claims
from igny8.engine.notifications.senders import SENDERS, Route
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Delivery,
    Membership,
    Notification,
    NotificationChannel,
    Site,
    SiteSettings,
)
from igny8.models.encryption import DecryptError
from igny8.models.notification import DROPPED, FAILED, QUEUED, SENT, UNKNOWN
from igny8.models.notification_channel import WEBHOOK
from igny8.notifications import Event, Message
from igny8.notifications.message import link

# seconds until the next attempt, after each that failed: a mail server may be down for hours
RETRY_DELAYS_S = (10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)
NextStep = Callable[[int], dict[str, Any] | None]  # site id → its next step
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """A claimed delivery (a row) with its channel, its site and its events (rows)."""

    delivery: Row
    channel: Row
    site: Row
    events: list[Row]


def deliver_next(next_step: NextStep) -> bool:
    """Claim a delivery and send it; return whether one was found.

    `next_step` returns the next step of a site, which each message repeats.
    """
    claim = claims.claim_next()
    if claim is None:
        return False
    fault_point("notification_claimed")
    try:
        _deliver(claim, next_step)
    except LostClaim:
        log.warning("notification_claim_lost", extra={"delivery_id": claim.id})
    return True


def _deliver(claim: Row, next_step: NextStep) -> None:
    work = _load(claim)
    try:
        message = _message(work, next_step(work.site.id))
        with read_transaction() as tx:
            allowed = allowed_addresses(tx)
        route = Route(work.channel, claim.message_id, allowed)
        SENDERS[work.channel.kind](route, message, lambda: _hand_over(work))
    except (ExternalError, DecryptError) as error:
        _settle_error(work, error)
        return
    except (LostClaim, SQLAlchemyError):
        raise  # while the database does not answer, nothing can be settled
    except Exception as bug:  # a bug fails the delivery, not the process
        log.exception("notification %s failed", claim.id)
        _end(claim, FAILED, reason=f"internal error: {type(bug).__name__}: {bug}"[:500])
        return
    fault_point("notification_sent")
    _end(claim, SENT, reason="")


def _load(claim: Row) -> Work:
    """Return the work of a claim; raise LostClaim if its channel was removed."""
    channel = NotificationChannel.__table__
    with read_transaction() as tx:
        row = tx.execute(
            select(channel, SiteSettings.time_zone)
            .join(SiteSettings, SiteSettings.site_id == channel.c.site_id)
            .where(channel.c.id == claim.channel_id)
        ).first()
        site = None if row is None else Site.find(row.site_id, tx)
        if row is None or site is None:
            raise LostClaim
        return Work(claim, row, site, Notification.of_delivery(tx, claim.id))


def _message(work: Work, step: dict[str, Any] | None) -> Message:
    base, slug = current_app.config["SETTINGS"].address(), work.site.slug
    step = step or {"text": "", "label": "", "page": "", "subject": None}
    text = " ".join(filter(None, (step["text"], step.get("detail"))))
    run = work.events[-1].run
    return Message(
        site=work.site.name,
        site_url=work.site.url,
        events=tuple(
            Event(row.kind, row.text, link(base, row.page, slug, row.run), row.created_at)
            for row in work.events
        ),
        next_text=text,
        next_label=step["label"],
        next_link=link(base, step["page"], slug, run, step["subject"]),
        settings_link=link(base, "notifications", slug),
    )


def _hand_over(work: Work) -> None:
    """Store that the message is being sent now; raise LostClaim if it must not be sent."""
    with write_transaction() as tx:
        if not Membership.sees_site(tx, work.channel.user_id, work.site.id):
            Delivery.change(tx, work.delivery, DROPPED, reason=claims.NOT_ENTITLED)
            is_ours = False
        else:
            values: dict[str, Any] = {"is_handed_over": True, "claimed_at": clock.now()}
            is_ours = Delivery.change(tx, work.delivery, **values)
    if not is_ours:
        raise LostClaim
    fault_point("notification_handed_over")


def _settle_error(work: Work, error: ExternalError | DecryptError) -> None:
    """Queue a delivery again after an error, or end it as failed or unknown."""
    is_unknown = getattr(error, "is_unknown", False)
    if is_unknown and work.channel.kind != WEBHOOK:
        reason = f"{error} It may have arrived, so it is not sent again."
        _end(work.delivery, UNKNOWN, reason=reason)
        return
    is_last = work.delivery.attempts > len(RETRY_DELAYS_S)
    if is_last or getattr(error, "permanent", True):
        _end(work.delivery, FAILED, reason=str(error))
        return
    seconds = RETRY_DELAYS_S[work.delivery.attempts - 1]
    seconds = max(seconds, int(getattr(error, "retry_after", None) or 0))
    not_before = clock.now() + timedelta(seconds=seconds)
    values = {"reason": str(error), "not_before": not_before, "is_handed_over": False}
    _end(work.delivery, QUEUED, **values)


def _end(claim: Row, state: str, **values: Any) -> None:
    """Release the claim with a new state; raise LostClaim if another process holds it by now."""
    fault_point("notification_settling")
    with write_transaction() as tx:
        if not Delivery.change(tx, claim, state, **values):
            raise LostClaim
