"""API tokens: scope, expiry and optional site; stored as a hash plus a recognisable prefix."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, changed_one, created_column
from igny8.models.membership import REVIEW, SEE, WORK
from igny8.models.tokens import hash_token, new_token

TOKEN_PREFIX = "igny8_"  # the public beginning of every token # nosec B105
SHOWN_PREFIX_CHARS = 12
SCOPES = {"read": {SEE}, "run": {SEE, WORK}, "all": {SEE, WORK, REVIEW}}
SCOPE_DESCRIPTIONS = {
    "read": "read progress and logs",
    "run": "read, start and stop runs",
    "all": "read, run and review",
}


class ApiToken(Model):
    """A token of a user for programs; `site_id` None means all sites of the user.

    `may_decide` is whether the token may approve, reject and publish.
    """

    __tablename__ = "api_token"

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False, index=True
    )
    site_id = db.Column(db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), index=True)
    name = db.Column(db.String(80), nullable=False)
    prefix = db.Column(db.String(SHOWN_PREFIX_CHARS), nullable=False)
    token_hash = db.Column(db.String(64), nullable=False, unique=True)
    scope = db.Column(db.String(8), nullable=False)
    may_decide = db.Column(db.Boolean, nullable=False, default=False, server_default=db.false())
    created_at = created_column()
    expires_at = db.Column(UtcDateTime)
    used_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.CheckConstraint(f"scope IN ({', '.join(map(repr, SCOPES))})", name="scope"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(
        tx: Connection,
        user_id: int,
        name: str,
        scope: str,
        expires_at: datetime | None = None,
        site_id: int | None = None,
        may_decide: bool = False,
    ) -> str:
        """Create a token for a user and return it in plain text, the only time it is available."""
        token = TOKEN_PREFIX + new_token()
        tx.execute(
            insert(ApiToken).values(
                user_id=user_id,
                site_id=site_id,
                name=name,
                scope=scope,
                may_decide=may_decide,
                prefix=token[:SHOWN_PREFIX_CHARS],
                token_hash=hash_token(token),
                expires_at=expires_at,
            )
        )
        return token

    @staticmethod
    def remove(tx: Connection, user_id: int, token_id: int) -> bool:
        """Delete a token of a user; return False if there is none with this id."""
        statement = delete(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id)
        return changed_one(tx, statement)

    @staticmethod
    def remove_all(tx: Connection, user_id: int) -> int:
        """Delete all tokens of a user; return how many."""
        return tx.execute(delete(ApiToken).where(ApiToken.user_id == user_id)).rowcount

    @staticmethod
    def record_use(tx: Connection, token_id: int) -> None:
        """Store the current time as the last use of a token."""
        tx.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=clock.now()))
