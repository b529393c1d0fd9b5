"""Delete expired data: audit entries, rate limit keys, sent notifications."""

from flask import current_app

from igny8.extensions import write_transaction
from igny8.models import AuditEntry, Delivery, RateLimit, ScheduleSkip

INTERVAL_S = 3600.0
KEPT_DAYS = 90  # deliveries of notifications, and skipped starts


def prune() -> None:
    """Delete old audit entries (IGNY8_AUDIT_DAYS), unused rate limit keys and old deliveries."""
    with write_transaction() as tx:
        AuditEntry.prune(tx, current_app.config["SETTINGS"].audit_days)
        RateLimit.prune(tx)
        Delivery.prune(tx, KEPT_DAYS)
        ScheduleSkip.prune(tx, KEPT_DAYS)
