"""Publishing targets of a site: where approved articles are sent, with encrypted secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from igny8.errors import ActionRefused
from igny8.extensions import UtcDateTime, db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
)
from igny8.models.encryption import encrypt
from igny8.models.provider_endpoint import origin

HAND = "hand"  # the kind to which nothing is sent
NAME_TAKEN = "Another publishing target of this site has this name. Choose another one."
BY_HAND_NAME = "By hand"


class PublishingTarget(Model):
    """`kind` is a name in the register engine/publications/kinds.

    `options` are chosen by a person; `facts` are results of the last test. `hint` is the end of the
    secret, which belongs to one origin: changing the origin clears it. `on_approval` is what
    happens to an approved article: nothing, publish (after `hold_hours`) or calendar. Nothing is
    sent until `paused_until`, because of `pause_reason`.
    """

    __tablename__ = "publishing_target"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    kind = db.Column(db.String(12), nullable=False)
    name = db.Column(db.String(80), nullable=False)
    url = db.Column(db.String(300), nullable=False, default="")
    username = db.Column(db.String(120), nullable=False, default="")
    encrypted_secret = db.Column("sealed_secret", db.Text, key="encrypted_secret")
    hint = db.Column(db.String(8), nullable=False, default="")
    options = db.Column(db.JSON, nullable=False, default=dict)
    facts = db.Column(db.JSON, nullable=False, default=dict)
    concurrent = db.Column(db.Integer, nullable=False, default=2)
    on_approval = db.Column(
        db.String(8), nullable=False, default="nothing", server_default="nothing"
    )
    hold_hours = db.Column(db.Integer, nullable=False, default=0, server_default="0")
    paused_until = db.Column(UtcDateTime)
    pause_reason = db.Column(db.Text, nullable=False, default="")
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "name"),
        db.CheckConstraint("concurrent > 0", name="concurrent"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(tx: Connection, site_id: int, kind: str, secret: str | None, **values: Any) -> int:
        """Add a target and return its id; raise ActionRefused if the name is taken."""
        table = PublishingTarget.__table__
        inserted = tx.execute(
            insert_if_absent(tx, table)
            .values(site_id=site_id, kind=kind, **_secret_columns(secret), **values)
            .returning(table.c.id)
        ).first()
        if inserted is None:
            raise ActionRefused(NAME_TAKEN)
        return inserted.id

    @staticmethod
    def change(tx: Connection, row: Row, url: str, secret: str | None, **values: Any) -> bool:
        """Change a target (a row); return False if it was deleted.

        `secret` None keeps the stored one unless the origin of the address changed.
        """
        is_moved = origin(url) != origin(row.url)
        if secret is None and is_moved:
            secret = ""  # removes the stored one # nosec B105
        if secret is not None:
            values |= _secret_columns(secret)
        if is_moved:
            values |= {"facts": {}}
        table = PublishingTarget.__table__
        statement = (
            update(table)
            .where(table.c.id == row.id)
            .values(url=url, paused_until=None, pause_reason="", **values)
        )
        try:
            with tx.begin_nested():
                return changed_one(tx, statement)
        except IntegrityError as error:
            raise ActionRefused(NAME_TAKEN) from error

    @staticmethod
    def remove(tx: Connection, site_id: int, target_id: int) -> bool:
        """Delete a target with its secret and its publications; False if the site has none."""
        table = PublishingTarget.__table__
        statement = delete(table).where(table.c.id == target_id, table.c.site_id == site_id)
        return changed_one(tx, statement)

    @staticmethod
    def find(tx: Executor, site_id: int, target_id: int) -> Row[Any] | None:
        """Return the row of a target of a site, or None."""
        table = PublishingTarget.__table__
        return tx.execute(
            select(table).where(table.c.id == target_id, table.c.site_id == site_id)
        ).first()

    @staticmethod
    def of_site(tx: Executor, site_id: int) -> list[Row[Any]]:
        """Return the targets of a site by name."""
        table = PublishingTarget.__table__
        query = select(table).where(table.c.site_id == site_id).order_by(table.c.name, table.c.id)
        return list(tx.execute(query).all())

    @staticmethod
    def sent_to(tx: Executor, site_id: int) -> list[Row[Any]]:
        """Return the targets of a site that IGNY8 sends articles to, by name."""
        return [row for row in PublishingTarget.of_site(tx, site_id) if row.kind != HAND]

    @staticmethod
    def by_hand(tx: Connection, site_id: int) -> int:
        """Return the id of the target for publishing by hand; create it on first use."""
        table = PublishingTarget.__table__
        query = select(table.c.id).where(table.c.site_id == site_id, table.c.kind == HAND)
        found = tx.execute(query.order_by(table.c.id).limit(1)).scalar()
        return found or PublishingTarget.create(tx, site_id, HAND, None, name=BY_HAND_NAME)

    @staticmethod
    def pause(tx: Connection, target_id: int, until: datetime, reason: str) -> None:
        """Send nothing to a target until a time."""
        own = update(PublishingTarget).where(PublishingTarget.id == target_id)
        tx.execute(own.values(paused_until=until, pause_reason=reason))

    @staticmethod
    def store_facts(tx: Connection, target_id: int, facts: dict) -> None:
        """Store the results of a test of a target and end its pause."""
        own = update(PublishingTarget).where(PublishingTarget.id == target_id)
        tx.execute(own.values(facts=facts, paused_until=None, pause_reason=""))


def _secret_columns(secret: str | None) -> dict[str, Any]:
    return {
        "encrypted_secret": encrypt(secret) if secret else None,
        "hint": secret[-4:] if secret and len(secret) > 11 else "",
    }
