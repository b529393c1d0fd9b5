"""Audit entries and rate limit keys are deleted when they are old or too many."""

from datetime import timedelta

from sqlalchemy import select, update

from igny8 import clock
from igny8.engine import retention
from igny8.extensions import read_transaction, write_transaction
from igny8.models import AuditEntry, RateLimit, audit_entry


def entries() -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars())


def test_old_audit_entries_are_deleted_except_the_newest(app, monkeypatch):
    monkeypatch.setattr(audit_entry, "MIN_ENTRIES", 2)
    with write_transaction() as tx:
        for name in ("oldest", "old"):
            AuditEntry.log(tx, name, "me", 1)
        tx.execute(update(AuditEntry).values(at=clock.now() - timedelta(days=401)))
        AuditEntry.log(tx, "new", "me", 1)
    retention.prune()
    assert entries() == ["old", "new"]


def test_newest_refused_anonymous_requests_are_kept(app, monkeypatch):
    monkeypatch.setattr(audit_entry, "MAX_ENTRIES_OF_STRANGERS", 2)
    with write_transaction() as tx:
        AuditEntry.log(tx, "done", "me", 1)
        AuditEntry.log(tx, "setup", "nobody", status=303)
        for number in range(4):
            AuditEntry.log(tx, f"refused {number}", "nobody", status=400)
    retention.prune()
    assert entries() == ["done", "setup", "refused 2", "refused 3"]


def test_unused_rate_limit_keys_are_deleted(app):
    with write_transaction() as tx:
        for key, age in (("old", 25 * 3600), ("new", 0)):
            RateLimit.take(tx, key, 1, 1)
            seen = clock.now().timestamp() - age
            tx.execute(update(RateLimit).where(RateLimit.key == key).values(seen_at=seen))
    retention.prune()
    with read_transaction() as tx:
        assert tx.execute(select(RateLimit.key)).scalars().all() == ["new"]
