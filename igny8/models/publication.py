"""Publications: one article at one target, its state and its log.

States and transitions: docs/publishing.md#states.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, created_column, insert_if_absent, site_column
from igny8.models.content import Content
from igny8.models.content_hash import content_hash
from igny8.models.publication_event import PublicationEvent

# state → the states from which it is reached
TRANSITIONS = {
    "scheduled": (
        "published",
        "outdated",
        "missing",
        "failed",
        "removed",
        "scheduled",
        "publishing",
        "unknown",
    ),
    "queued": (
        "scheduled",
        "published",
        "outdated",
        "missing",
        "failed",
        "removed",
        "publishing",
        "unknown",
    ),
    "publishing": ("queued", "scheduled", "unknown"),
    "unknown": ("publishing",),
    # from another state than the first two by hand
    "published": (
        "publishing",
        "unknown",
        "scheduled",
        "queued",
        "failed",
        "outdated",
        "missing",
        "removed",
        "published",
    ),
    "outdated": ("published", "publishing", "removing", "scheduled"),
    "missing": ("publishing", "published", "outdated", "removing"),
    "failed": ("queued", "scheduled", "publishing", "unknown", "removing"),
    "removing": ("published", "outdated", "failed", "scheduled"),
    "removed": ("removing", "published", "outdated", "failed", "scheduled"),
}
STATES = tuple(TRANSITIONS)
TO_SEND = (
    "outdated",
    "failed",
)  # the states in which “publish the approved” sends an article again
WAITING = ("queued", "scheduled", "unknown", "removing")  # a worker may claim it
ACTIVE = ("queued", "publishing", "unknown", "removing")
REQUESTABLE = ("published", "outdated", "missing", "failed", "removed", "scheduled")
NOT_APPROVED = "Only approved articles are published. Approve this one in Review first."
NO_CLAIM: dict[str, Any] = {
    "claim_token": None,  # a column name, no password # nosec B105
    "heartbeat_at": None,
}


class Publication(Model):
    """`state`: docs/publishing.md#states. `marker` identifies at the target what was created.

    `step` and `progress` are what is known to be done at the target; `intent` is a request whose
    answer is not stored yet. `version` is the approved version that was sent last, `proof` the
    result of reading it back. `wanted` is publish or draft. `publish_at` is the time of publishing;
    no worker claims it before `not_before`. It is next checked at `check_at`, and was last checked
    at `checked_at`. `changed_there` means that a person changed the text at the target: only
    `overwrite` replaces it; `theirs` is that text, if the target can read it
    (engine/publications/drift.py).
    """

    __tablename__ = "publication"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    content_id = db.Column(
        db.Integer, db.ForeignKey("content.id", ondelete="CASCADE"), nullable=False
    )
    target_id = db.Column(
        db.Integer, db.ForeignKey("publishing_target.id", ondelete="CASCADE"), nullable=False
    )
    state = db.Column(db.String(12), nullable=False, default="queued")
    reason = db.Column(db.Text, nullable=False, default="")
    wanted = db.Column(db.String(8), nullable=False, default="publish")
    overwrite = db.Column(db.Boolean, nullable=False, default=False)
    changed_there = db.Column(db.Boolean, nullable=False, default=False)
    theirs = db.Column(db.JSON(none_as_null=True))
    marker = db.Column(db.String(32), nullable=False, unique=True)
    step = db.Column(db.String(12), nullable=False, default="")
    progress = db.Column(db.JSON, nullable=False, default=dict)
    intent = db.Column(db.JSON(none_as_null=True))
    remote_id = db.Column(db.String(64))
    remote_url = db.Column(db.Text, nullable=False, default="")
    remote_hash = db.Column(db.String(64), nullable=False, default="")
    version = db.Column(db.String(64), nullable=False, default="")
    proof = db.Column(db.JSON, nullable=False, default=list)
    claim_token = db.Column(db.String(32))
    heartbeat_at = db.Column(UtcDateTime)
    attempts = db.Column(db.Integer, nullable=False, default=0)
    not_before = db.Column(UtcDateTime)
    publish_at = db.Column(UtcDateTime)
    check_at = db.Column(UtcDateTime)
    checked_at = db.Column(UtcDateTime)
    published_at = db.Column(UtcDateTime)
    changed_at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("content_id", "target_id"),
        db.Index("ix_publication_target", "target_id", "state"),
        db.Index("ix_publication_site", "site_id", "state"),
        db.Index("ix_publication_check", "state", "check_at"),
        db.CheckConstraint(
            "state IN ('scheduled', 'queued', 'publishing', 'unknown', 'published', 'outdated', "
            "'missing', 'failed', 'removing', 'removed')",
            name="state",
        ),
        db.CheckConstraint("wanted IN ('publish', 'draft')", name="wanted"),
        db.CheckConstraint(
            "claim_token IS NULL OR state IN ('publishing', 'unknown', 'removing')", name="claim"
        ),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def request(
        tx: Connection,
        site_id: int,
        content_id: int,
        target_id: int,
        who: str,
        wanted: str = "publish",
        overwrite: bool = False,
        publish_at: datetime | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """Queue an approved article for a target; return False if it is in work there.

        `overwrite` also replaces a person's changes at the target. With `publish_at` it is
        scheduled for that time, and no worker claims it before `not_before`. Raises ActionRefused
        for an article that is not approved.
        """
        _require_approved(tx, site_id, content_id)
        table = Publication.__table__
        row = Publication.find(tx, content_id, target_id)
        fresh: dict[str, Any] = {"wanted": wanted, "overwrite": overwrite, "attempts": 0}
        fresh |= {"publish_at": publish_at, "not_before": not_before, "changed_there": False}
        state = "queued" if publish_at is None else "scheduled"
        if row is None:
            values = {"site_id": site_id, "content_id": content_id, "target_id": target_id}
            inserted = tx.execute(
                insert_if_absent(tx, table)
                .values(state=state, marker=secrets.token_hex(8), **values, **fresh)
                .returning(table.c.id)
            ).first()
            if inserted is not None:
                PublicationEvent.log_transition(tx, inserted.id, who, "", state)
            return inserted is not None
        if row.state in ("missing", "removed"):
            fresh |= from_the_beginning()
        return Publication.transition(tx, row.id, REQUESTABLE, state, who, **fresh)

    @staticmethod
    def mark_published(
        tx: Connection, site_id: int, content_id: int, target_id: int, who: str, url: str
    ) -> bool:
        """Store that a person published an article at an address; False while in work.

        Raises ActionRefused for an article that is not approved.
        """
        _require_approved(tx, site_id, content_id)
        row = Publication.find(tx, content_id, target_id)
        if row is None:
            Publication.request(tx, site_id, content_id, target_id, who)
            row = Publication.find(tx, content_id, target_id)
        if row is None:
            return False  # the article or the target was deleted meanwhile
        sources = ("queued", *REQUESTABLE)
        values: dict[str, Any] = {"remote_url": url, "published_at": clock.now()}
        version = content_hash(tx, content_id)
        return Publication.transition(
            tx, row.id, sources, "published", who, f"at {url}", version=version, **values
        )

    @staticmethod
    def transition(
        tx: Connection,
        publication_id: int,
        sources: Collection[str],
        target: str,
        who: str,
        why: str = "",
        token: str | None = None,
        **values: Any,
    ) -> bool:
        """Change the state by compare-and-set and log it; return False if nothing changed.

        With `token`, the caller must still hold the claim.
        """
        table = Publication.__table__
        if not set(sources) <= set(TRANSITIONS[target]):
            raise ValueError(f"no transition leads from {sources} to {target}")
        query = select(table.c.state).where(table.c.id == publication_id).with_for_update()
        source = tx.execute(query).scalar() or ""
        where = [table.c.id == publication_id, table.c.state == source]
        if token is not None:
            where.append(table.c.claim_token == token)
        values = {"reason": why} | values
        statement = (
            update(table).where(*where).values(state=target, changed_at=clock.now(), **values)
        )
        if source not in sources or tx.execute(statement).rowcount != 1:
            return False
        PublicationEvent.log_transition(tx, publication_id, who, source, target, why)
        return True

    @staticmethod
    def find(tx: Executor, content_id: int, target_id: int) -> Row[Any] | None:
        """Return the publication of an article at a target, or None."""
        table = Publication.__table__
        return tx.execute(
            select(table).where(table.c.content_id == content_id, table.c.target_id == target_id)
        ).first()

    @staticmethod
    def mark_outdated(tx: Connection, content_id: int, who: str) -> int:
        """Mark publications of a changed article as outdated; return how many."""
        table = Publication.__table__
        query = select(table.c.id, table.c.version).where(
            table.c.content_id == content_id, table.c.state == "published"
        )
        rows = tx.execute(query).all()
        now = content_hash(tx, content_id) if rows else ""
        why = "The article was edited since."
        return sum(
            Publication.transition(tx, row.id, ("published",), "outdated", who, why)
            for row in rows
            if row.version != now
        )


def _require_approved(tx: Connection, site_id: int, content_id: int) -> None:
    query = select(Content.status).where(Content.id == content_id, Content.site_id == site_id)
    if tx.execute(query).scalar() != "approved":
        raise ActionRefused(NOT_APPROVED)


def from_the_beginning() -> dict[str, Any]:
    """Return the columns of a publication of which nothing exists at the target."""
    return {
        "marker": secrets.token_hex(8),
        "step": "",
        "progress": {},
        "intent": None,
        "remote_id": None,
        "remote_url": "",
        "remote_hash": "",
        "theirs": None,
        "proof": [],
        "published_at": None,
    }
