"""Keys for programs: a scope, an end, perhaps one site; kept as a hash with the first letters to know it by."""

from datetime import datetime

from sqlalchemy import delete, insert, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, created_column
from igny8.models.membership import REVIEW, SEE, WORK
from igny8.models.tokens import hash_token, new_token

TOKEN_PREFIX = "igny8_"
SHOWN_PREFIX_CHARS = 12
SCOPES = {"read": {SEE}, "run": {SEE, WORK}, "all": {SEE, WORK, REVIEW}}
SCOPE_DESCRIPTIONS = {
    "read": "read progress and logs",
    "run": "read, start and stop runs",
    "all": "read, run and review",
}


class ApiToken(Model):
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
    created_at = created_column()
    expires_at = db.Column(UtcDateTime)
    used_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.CheckConstraint(f"scope IN ({', '.join(map(repr, SCOPES))})", name="scope"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(
        tx,
        user_id: int,
        name: str,
        scope: str,
        expires_at: datetime | None = None,
        site_id: int | None = None,
    ) -> str:
        """Add a token to an account; return it: it is never shown again."""
        token = TOKEN_PREFIX + new_token()
        tx.execute(
            insert(ApiToken).values(
                user_id=user_id,
                site_id=site_id,
                name=name,
                scope=scope,
                prefix=token[:SHOWN_PREFIX_CHARS],
                token_hash=hash_token(token),
                expires_at=expires_at,
            )
        )
        return token

    @staticmethod
    def remove(tx, user_id: int, token_id: int) -> bool:
        """Forget a token of an account; False when it has no such one."""
        return (
            tx.execute(
                delete(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id)
            ).rowcount
            == 1
        )

    @staticmethod
    def record_use(tx, token_id: int) -> None:
        """Note that a token is in use."""
        tx.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=clock.now()))
