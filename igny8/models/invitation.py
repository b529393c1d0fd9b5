"""One-time links: an invitation to a site or to administration, or a password reset."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, changed_one, created_column
from igny8.models.membership import ROLES, Membership
from igny8.models.tokens import hash_token, new_token
from igny8.models.user import User

VALID_FOR = timedelta(days=7)
COMMAND_LINE = ""  # the maker of a link; no account has an empty name


class Invitation(Model):
    """With `user_id`, the link resets that user's password; otherwise it invites.

    An invitation creates a user, or adds the site to a signed-in one. Without a site it makes an
    administrator of the installation.
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
        tx: Connection,
        made_by: str | None,
        site_id: int | None = None,
        role: str | None = None,
        user_id: int | None = None,
    ) -> str:
        """Create a link and return its token, which is not available later; delete old links.

        `made_by` is the name of a user, or None for the command line.
        """
        now, token = clock.now(), new_token()
        tx.execute(delete(Invitation).where(Invitation.ends_at < now - VALID_FOR))
        tx.execute(
            insert(Invitation).values(
                token_hash=hash_token(token),
                site_id=site_id,
                role=role,
                user_id=user_id,
                made_by=COMMAND_LINE if made_by is None else made_by,
                ends_at=now + VALID_FOR,
            )
        )
        return token

    @staticmethod
    def find(tx: Executor, token: str) -> Row[Any] | None:
        """Return the row of a usable link, or None.

        It is unused and not expired, its maker may still make it, and for a reset link the account
        has not changed since.
        """
        table = Invitation.__table__
        row = tx.execute(
            select(table).where(
                table.c.token_hash == hash_token(token),
                table.c.used_at.is_(None),
                table.c.ends_at > clock.now(),
            )
        ).first()
        return row if row is not None and Invitation._is_founded(tx, row) else None

    @staticmethod
    def fetch_open(tx: Executor, site_id: int | None) -> list[Row[Any]]:
        """Return the invitation links of a site that can still be used.

        With `site_id` None, return those of the installation.

        Rows have the columns of the table and `user_name`, the user of a reset link.
        """
        table, user = Invitation.__table__, User.__table__
        rows = tx.execute(
            select(table, user.c.name.label("user_name"))
            .outerjoin(user, user.c.id == table.c.user_id)
            .where(
                table.c.site_id.is_not_distinct_from(site_id),
                table.c.used_at.is_(None),
                table.c.ends_at > clock.now(),
            )
            .order_by(table.c.id)
        ).all()
        return [row for row in rows if Invitation._is_founded(tx, row)]

    @staticmethod
    def _is_founded(tx: Executor, row: Row[Any]) -> bool:
        """Return whether the conditions under which a link was made still hold.

        Its maker must still be allowed to make it; a reset link ends when the password or the state
        of its account changes.
        """
        if row.user_id is not None:
            user = User.fetch(tx, row.user_id)
            if user is None or user.disabled or user.password_at > row.created_at:
                return False
        return row.made_by == COMMAND_LINE or Invitation._maker_may(tx, row)

    @staticmethod
    def _maker_may(tx: Executor, row: Row[Any]) -> bool:
        """Return whether the user who made a link may still make it."""
        maker = User.find(tx, row.made_by)
        if maker is None or maker.disabled or maker.created_at > row.created_at:
            return False
        if maker.is_admin:
            return True
        return (
            row.site_id is not None
            and Membership.role_of(tx, maker.id, row.site_id) == "administrator"
        )

    @staticmethod
    def redeem(tx: Connection, invitation_id: int) -> bool:
        """Mark a link as used; return False if it was used already or has expired.

        Using a reset link deletes the other unused reset links of the user.
        """
        table, now, is_unused = Invitation, clock.now(), Invitation.used_at.is_(None)
        user_id = select(table.user_id).where(table.id == invitation_id).scalar_subquery()
        is_other = (table.user_id == user_id) & (table.id != invitation_id)
        tx.execute(delete(table).where(is_other, is_unused))
        own = update(table).where(table.id == invitation_id, is_unused, table.ends_at > now)
        return changed_one(tx, own.values(used_at=now))

    @staticmethod
    def delete_unused_links(tx: Connection, user_id: int) -> int:
        """Delete unused links of a user whose password changes; return how many.

        These are links that reset the user's password and links that the user made: somebody who
        knew the old password may have made them.
        """
        made = select(User.name).where(User.id == user_id).scalar_subquery()
        return Invitation._delete_unused(
            tx, (Invitation.user_id == user_id) | (Invitation.made_by == made)
        )

    @staticmethod
    def end_made_by(tx: Connection, user_id: int, site_id: int | None = None) -> int:
        """Delete the unused links that a user made, for one site or all; return how many.

        Call it when the user loses the right to make them, so that they do not become valid again
        with the right.
        """
        made = select(User.name).where(User.id == user_id).scalar_subquery()
        by_user = Invitation.made_by == made
        if site_id is not None:
            by_user = by_user & (Invitation.site_id == site_id)
        return Invitation._delete_unused(tx, by_user)

    @staticmethod
    def _delete_unused(tx: Connection, condition: ColumnElement[bool]) -> int:
        return tx.execute(
            delete(Invitation)
            .where(condition, Invitation.used_at.is_(None))
            .execution_options(synchronize_session=False)
        ).rowcount

    @staticmethod
    def withdraw(tx: Connection, site_id: int | None, invitation_id: int) -> bool:
        """Delete an unused link to a site (None: to the installation); False if there is none."""
        of_site = Invitation.site_id.is_not_distinct_from(site_id)
        own = (Invitation.id == invitation_id) & of_site & Invitation.used_at.is_(None)
        return changed_one(tx, delete(Invitation).where(own))
