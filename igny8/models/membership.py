"""Memberships: the role of a user on a site, and the permissions of each role."""

from sqlalchemy import Connection, delete, exists, select, update

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
from igny8.models.notification_channel import NotificationChannel
from igny8.models.user import User

SEE, WORK, REVIEW, MANAGE = "see", "work", "review", "manage"
ROLES = {
    "viewer": {SEE},
    "editor": {SEE, WORK},
    "reviewer": {SEE, REVIEW},
    "administrator": {SEE, WORK, REVIEW, MANAGE},
}
ROLE_DESCRIPTIONS = {
    "viewer": "sees everything of the site",
    "editor": "sees it, imports keywords, changes lists, starts and stops runs",
    "reviewer": "sees it, and decides about what waits in Review",
    "administrator": "all of that, with settings, models, money and people",
}


class Membership(Model):
    """One role of one user on one site."""

    __tablename__ = "membership"

    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True
    )
    site_id = site_column(primary_key=True, index=True)
    role = db.Column(db.String(16), nullable=False)
    created_at = created_column()

    __table_args__ = (db.CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role"),)

    @staticmethod
    def set_role(tx: Connection, user_id: int, site_id: int, role: str) -> None:
        """Set the role of a user on a site, replacing any earlier one."""
        table = Membership.__table__
        tx.execute(insert_if_absent(tx, table).values(user_id=user_id, site_id=site_id, role=role))
        own = (table.c.user_id == user_id) & (table.c.site_id == site_id)
        tx.execute(update(table).where(own).values(role=role))

    @staticmethod
    def raise_role(tx: Connection, user_id: int, site_id: int, role: str) -> None:
        """Set the role of an invitation; raise ActionRefused if it would remove permissions.

        The caller has locked the site.
        """
        current = Membership.role_of(tx, user_id, site_id)
        if current is not None and not ROLES[role] > ROLES[current]:
            raise ActionRefused(
                f"You are already on this site as {current}. An administrator of the site can "
                "change your role."
            )
        Membership.set_role(tx, user_id, site_id, role)

    @staticmethod
    def has_administrator(tx: Connection, site_id: int) -> bool:
        """Return whether a site has an administrator who is not disabled; lock the site first."""
        table, user = Membership.__table__, User.__table__
        return (
            tx.execute(
                select(table.c.user_id)
                .join(user, user.c.id == table.c.user_id)
                .where(
                    table.c.site_id == site_id,
                    table.c.role == "administrator",
                    user.c.disabled.is_(False),
                )
            ).first()
            is not None
        )

    @staticmethod
    def remove(tx: Connection, user_id: int, site_id: int) -> bool:
        """Remove a user and the user's channels from a site; return False if not a member."""
        NotificationChannel.remove_of_person(tx, site_id, user_id)
        own = (Membership.user_id == user_id) & (Membership.site_id == site_id)
        return changed_one(tx, delete(Membership).where(own))

    @staticmethod
    def role_of(tx: Executor, user_id: int, site_id: int) -> str | None:
        """Return the role of a user on a site, or None."""
        return tx.execute(
            select(Membership.role).where(
                Membership.user_id == user_id, Membership.site_id == site_id
            )
        ).scalar()

    @staticmethod
    def sees_site(tx: Executor, user_id: int, site_id: int) -> bool:
        """Return whether a user may see a site: a member or administrator, not disabled."""
        table, user = Membership.__table__, User.__table__
        is_member = exists().where(table.c.user_id == user_id, table.c.site_id == site_id)
        may_see = user.c.disabled.is_(False) & (user.c.is_admin | is_member)
        query = select(user.c.id).where(user.c.id == user_id, may_see)
        return tx.execute(query).first() is not None
