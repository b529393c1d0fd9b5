"""Model servers of a site: address, encrypted key, models and limits."""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from igny8.errors import ActionRefused
from igny8.extensions import db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    site_column,
)
from igny8.models.encryption import encrypt, fingerprint

NAME_TAKEN = "Another model server of this site has this name. Choose another one."


class ProviderEndpoint(Model):
    """`hint` is the end of the key; `breaker_key` identifies address and key together.

    A key belongs to one origin: changing the origin clears it.
    """

    __tablename__ = "endpoint"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    name = db.Column(db.String(80), nullable=False)
    base_url = db.Column(db.String(300), nullable=False)
    encrypted_key = db.Column("sealed", db.Text, key="encrypted_key")
    hint = db.Column(db.String(8), nullable=False, default="")
    breaker_key = db.Column("gate", db.String(64), key="breaker_key", nullable=False)
    chat_model = db.Column(db.String(120), nullable=False, default="")
    image_model = db.Column(db.String(120), nullable=False, default="")
    embedding_model = db.Column(db.String(120), nullable=False, default="")
    concurrent = db.Column(db.Integer, nullable=False, default=4)
    per_minute = db.Column(db.Integer)
    deadline_s = db.Column(db.Integer)
    reasoning_effort = db.Column(db.String(16), nullable=False, default="", server_default="")
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "name"),
        db.CheckConstraint(
            "concurrent > 0 AND (per_minute IS NULL OR per_minute > 0)", name="limits"
        ),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(
        tx: Connection, site_id: int, name: str, base_url: str, key: str = "", **choices: Any
    ) -> int:
        """Add an endpoint and return its id; raise ActionRefused if the name is taken."""
        table = ProviderEndpoint.__table__
        inserted = tx.execute(
            insert_if_absent(tx, table)
            .values(
                site_id=site_id,
                name=name,
                base_url=base_url,
                **_key_columns(base_url, key),
                **choices,
            )
            .returning(table.c.id)
        ).first()
        if inserted is None:
            raise ActionRefused(NAME_TAKEN)
        return inserted.id

    @staticmethod
    def change(
        tx: Connection,
        site_id: int,
        endpoint_id: int,
        base_url: str,
        key: str | None = None,
        **choices: Any,
    ) -> bool:
        """Change an endpoint; return False if the site has none with this id.

        `key` None keeps the stored key unless the origin of the address changed: a key is never
        sent to another server.
        """
        row = ProviderEndpoint.find(tx, site_id, endpoint_id)
        if row is None:
            return False
        if key is None and origin(base_url) != origin(row.base_url):
            key = ""
        if key is not None:
            choices |= _key_columns(base_url, key)
        changed = (
            update(ProviderEndpoint)
            .where(ProviderEndpoint.id == row.id)
            .values(base_url=base_url, **choices)
        )
        try:
            with tx.begin_nested():
                tx.execute(changed)
        except IntegrityError as error:
            raise ActionRefused(NAME_TAKEN) from error
        return True

    @staticmethod
    def remove(tx: Connection, site_id: int, endpoint_id: int) -> bool:
        """Delete an endpoint and its key; return False if the site has none with this id."""
        table = ProviderEndpoint.__table__
        statement = delete(table).where(table.c.id == endpoint_id, table.c.site_id == site_id)
        return changed_one(tx, statement)

    @staticmethod
    def find(tx: Executor, site_id: int, endpoint_id: int) -> Row[Any] | None:
        """Return the row of an endpoint of a site, or None."""
        table = ProviderEndpoint.__table__
        return tx.execute(
            select(table).where(table.c.id == endpoint_id, table.c.site_id == site_id)
        ).first()


def origin(url: str) -> tuple:
    """Return (scheme, host, port) of an address."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    port = parts.port or {"http": 80, "https": 443}.get(scheme)
    return scheme, (parts.hostname or "").rstrip("."), port


def _key_columns(base_url: str, key: str) -> dict:
    return {
        "encrypted_key": encrypt(key) if key else None,
        "hint": key[-4:] if len(key) > 11 else "",
        "breaker_key": fingerprint(base_url, key),
    }
