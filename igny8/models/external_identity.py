"""Identities at other services (an OpenID provider, a proxy) that sign in as a user."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one, created_column
from igny8.models.user import User

MAX_SUBJECT_CHARS, MAX_LABEL_CHARS = 255, 120
PROXY_ISSUER = "proxy"  # the issuer of names in the header of a proxy


class ExternalIdentity(Model):
    """The subject of an issuer; it belongs to one user. `label` is its name on pages."""

    __tablename__ = "external_identity"

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False, index=True
    )
    issuer = db.Column(db.String(300), nullable=False)
    subject = db.Column(db.String(MAX_SUBJECT_CHARS), nullable=False)
    label = db.Column(db.String(MAX_LABEL_CHARS), nullable=False)
    created_at = created_column()
    used_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.UniqueConstraint("issuer", "subject"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def add(tx: Connection, user_id: int, issuer: str, subject: str, label: str) -> None:
        """Connect an identity with a user; raise ActionRefused if it belongs to one already."""
        try:
            with tx.begin_nested():
                tx.execute(
                    insert(ExternalIdentity).values(
                        user_id=user_id,
                        issuer=issuer,
                        subject=subject,
                        label=label[:MAX_LABEL_CHARS],
                    )
                )
        except IntegrityError as error:
            raise ActionRefused(
                f"{label!r} is connected with an account already. Disconnect it there first."
            ) from error

    @staticmethod
    def find_user(tx: Executor, issuer: str, subject: str) -> Row[Any] | None:
        """Return the row of the user that an identity belongs to, or None."""
        table, user = ExternalIdentity.__table__, User.__table__
        owner = select(user).join(table, table.c.user_id == user.c.id)
        return tx.execute(owner.where(table.c.issuer == issuer, table.c.subject == subject)).first()

    @staticmethod
    def record_use(tx: Connection, issuer: str, subject: str) -> None:
        """Store the current time as the last use of an identity."""
        tx.execute(
            update(ExternalIdentity)
            .where(ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject)
            .values(used_at=clock.now())
        )

    @staticmethod
    def fetch_of_user(tx: Executor, user_id: int) -> Sequence[Row[Any]]:
        """Return the identities of a user, oldest first."""
        table = ExternalIdentity.__table__
        return tx.execute(
            select(table).where(table.c.user_id == user_id).order_by(table.c.id)
        ).all()

    @staticmethod
    def remove(tx: Connection, user_id: int, identity_id: int) -> bool:
        """Disconnect an identity of a user; return False if there is none with this id."""
        table = ExternalIdentity.__table__
        statement = delete(table).where(table.c.id == identity_id, table.c.user_id == user_id)
        return changed_one(tx, statement)
