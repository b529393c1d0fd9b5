"""Login sessions: one per browser, ended by sign-out, password change, inactivity or age."""

from datetime import timedelta

from sqlalchemy import Connection, delete, insert, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, changed_one, created_column
from igny8.models.tokens import hash_token, new_token

MAX_LIFETIME, IDLE_TIMEOUT = timedelta(days=30), timedelta(days=7)
MAX_AGENT_CHARS = 200


class LoginSession(Model):
    """A signed-in browser; the cookie contains the token, the table its hash."""

    __tablename__ = "login_session"

    id = db.Column(db.Integer, primary_key=True)
    token_hash = db.Column(db.String(64), nullable=False, unique=True)
    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False, index=True
    )
    created_at = created_column()
    seen_at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    ends_at = db.Column(UtcDateTime, nullable=False)
    address = db.Column(db.String(64), nullable=False, default="")
    agent = db.Column(db.String(MAX_AGENT_CHARS), nullable=False, default="")

    __table_args__ = {"sqlite_autoincrement": True}

    @staticmethod
    def create(tx: Connection, user_id: int, address: str = "", agent: str = "") -> str:
        """Create a session and return its token for the cookie; delete expired sessions."""
        now, token = clock.now(), new_token()
        tx.execute(delete(LoginSession).where(LoginSession.ends_at < now))
        tx.execute(
            insert(LoginSession).values(
                token_hash=hash_token(token),
                user_id=user_id,
                ends_at=now + MAX_LIFETIME,
                address=address,
                agent=agent[:MAX_AGENT_CHARS],
            )
        )
        return token

    @staticmethod
    def record_use(tx: Connection, session_id: int) -> None:
        """Store the current time as the last use of a session."""
        tx.execute(
            update(LoginSession).where(LoginSession.id == session_id).values(seen_at=clock.now())
        )

    @staticmethod
    def end(tx: Connection, user_id: int, session_id: int) -> bool:
        """End one session of a user; return False if it has ended already."""
        own = (LoginSession.user_id == user_id) & (LoginSession.id == session_id)
        return changed_one(tx, delete(LoginSession).where(own))

    @staticmethod
    def end_all(tx: Connection, user_id: int) -> int:
        """End all sessions of a user; return how many."""
        return tx.execute(delete(LoginSession).where(LoginSession.user_id == user_id)).rowcount
