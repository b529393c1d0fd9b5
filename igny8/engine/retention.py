"""Delete what is kept for a limited time: old audit entries and unused rate limit keys."""

from flask import current_app

from igny8.extensions import write_transaction
from igny8.models import AuditEntry, RateLimit

INTERVAL_S = 3600.0


def prune() -> None:
    """Delete audit entries older than IGNY8_AUDIT_DAYS and rate limit keys unused for a day."""
    with write_transaction() as tx:
        AuditEntry.prune(tx, current_app.config["SETTINGS"].audit_days)
        RateLimit.prune(tx)
