"""Delete what is kept for a limited time: audit entries, rate limit keys, sent notifications."""

from flask import current_app

from igny8.extensions import write_transaction
from igny8.models import AuditEntry, Delivery, RateLimit

INTERVAL_S = 3600.0
DELIVERY_DAYS = 90


def prune() -> None:
    """Delete old audit entries (IGNY8_AUDIT_DAYS), unused rate limit keys, old deliveries."""
    with write_transaction() as tx:
        AuditEntry.prune(tx, current_app.config["SETTINGS"].audit_days)
        RateLimit.prune(tx)
        Delivery.prune(tx, DELIVERY_DAYS)
