"""Audit log: one immutable entry per action, with user, address and outcome."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model

MAX_CHARS = {"who": 80, "address": 64, "action": 60, "site": 80, "detail": 400}

MAX_ENTRIES_OF_STRANGERS = 10_000  # refused requests of nobody; the newest are kept
MIN_ENTRIES = 10_000  # are kept whatever their age: a clock may be wrong for a moment


class AuditEntry(Model):
    """One entry; it stores names instead of foreign keys, so it outlives user and site."""

    __tablename__ = "audit_entry"

    id = db.Column(db.Integer, primary_key=True)
    at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    user_id = db.Column(db.Integer, index=True)
    who = db.Column(db.String(MAX_CHARS["who"]), nullable=False)
    address = db.Column(db.String(MAX_CHARS["address"]), nullable=False, default="")
    action = db.Column(db.String(MAX_CHARS["action"]), nullable=False, index=True)
    site = db.Column(db.String(MAX_CHARS["site"]), nullable=False, default="", index=True)
    detail = db.Column(db.String(MAX_CHARS["detail"]), nullable=False, default="")
    status = db.Column(db.Integer, nullable=False, default=200)

    __table_args__ = {"sqlite_autoincrement": True}

    @staticmethod
    def log(
        tx: Connection,
        action: str,
        who: str,
        user_id: int | None = None,
        status: int = 200,
        **words: str,
    ) -> None:
        """Add an entry; `words` are its path, site and detail.

        `status` is the HTTP status of the response: 400 and above means that the action failed.
        """
        texts = {
            name: value.replace("\0", "")[: MAX_CHARS[name]]
            for name, value in ({"who": who, "action": action} | words).items()
        }
        tx.execute(insert(AuditEntry).values(user_id=user_id, status=status, **texts))

    @staticmethod
    def prune(tx: Connection, days: int) -> None:
        """Delete old entries, and those of anonymous users beyond their limit.

        The newest MIN_ENTRIES are kept regardless of their age.
        """
        refused = (AuditEntry.user_id.is_(None), AuditEntry.status >= 400)
        last = _newest_beyond(tx, MAX_ENTRIES_OF_STRANGERS, *refused)
        if last is not None:
            tx.execute(delete(AuditEntry).where(*refused, AuditEntry.id <= last))
        last = _newest_beyond(tx, MIN_ENTRIES)
        if last is not None:
            oldest = clock.now() - timedelta(days=days)
            tx.execute(delete(AuditEntry).where(AuditEntry.id <= last, AuditEntry.at < oldest))


def _newest_beyond(tx: Connection, count: int, *where: ColumnElement[bool]) -> int | None:
    """Return the id of the newest entry that is not among the newest `count`, or None."""
    newest = select(AuditEntry.id).where(*where).order_by(AuditEntry.id.desc())
    return tx.execute(newest.offset(count).limit(1)).scalar()
