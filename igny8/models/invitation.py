"""A link that lets somebody in once: to a site with a role, or to a new password for an account."""

from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, created_column
from igny8.models.membership import ROLES
from igny8.models.tokens import hash_token, new_token

VALID_FOR = timedelta(days=7)


class Invitation(Model):
    """`user_id` is set when the link is for the password of that account; else it makes one, or adds a site to one.

    Without a site it makes an administrator of the installation.
    """

    __tablename__ = "invitation"

    id = db.Column(db.Integer, primary_key=True)
    token_hash = db.Column(db.String(64), nullable=False, unique=True)
    site_id = db.Column(db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), index=True)
    role = db.Column(db.String(16))
    user_id = db.Column(db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"))
    made_by = db.Column(db.String(80), nullable=False)
    created_at = created_column()
    ends_at = db.Column(UtcDateTime, nullable=False)
    used_at = db.Column(UtcDateTime)

    __table_args__ = (
        db.CheckConstraint("(site_id IS NULL) = (role IS NULL)", name="whole"),
        db.CheckConstraint(f"role IS NULL OR role IN ({', '.join(map(repr, ROLES))})", name="role"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(
        tx,
        made_by: str,
        site_id: int | None = None,
        role: str | None = None,
        user_id: int | None = None,
    ) -> str:
        """Make a link's token and return it: it is never shown again. Old links are forgotten."""
        now, token = clock.now(), new_token()
        tx.execute(delete(Invitation).where(Invitation.ends_at < now - VALID_FOR))
        tx.execute(
            insert(Invitation).values(
                token_hash=hash_token(token),
                site_id=site_id,
                role=role,
                user_id=user_id,
                made_by=made_by,
                ends_at=now + VALID_FOR,
            )
        )
        return token

    @staticmethod
    def find(tx, token: str):
        """Return the row of a link that can be used, or None."""
        table = Invitation.__table__
        return tx.execute(
            select(table).where(
                table.c.token_hash == hash_token(token),
                table.c.used_at.is_(None),
                table.c.ends_at > clock.now(),
            )
        ).first()

    @staticmethod
    def redeem(tx, invitation_id: int) -> bool:
        """Use a link up; False when somebody was quicker."""
        return (
            tx.execute(
                update(Invitation)
                .where(
                    Invitation.id == invitation_id,
                    Invitation.used_at.is_(None),
                    Invitation.ends_at > clock.now(),
                )
                .values(used_at=clock.now())
            ).rowcount
            == 1
        )

    @staticmethod
    def withdraw(tx, site_id: int, invitation_id: int) -> bool:
        """Forget a link to a site that was not used; False when there is no such one."""
        return (
            tx.execute(
                delete(Invitation).where(
                    Invitation.id == invitation_id,
                    Invitation.site_id == site_id,
                    Invitation.used_at.is_(None),
                )
            ).rowcount
            == 1
        )
