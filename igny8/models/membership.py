"""What an account may do on a site: one role a site, and what each role may."""

from sqlalchemy import delete, select, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, insert_if_absent, site_column

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
    __tablename__ = "membership"

    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True
    )
    site_id = site_column(primary_key=True, index=True)
    role = db.Column(db.String(16), nullable=False)
    created_at = created_column()

    __table_args__ = (db.CheckConstraint(f"role IN ({', '.join(map(repr, ROLES))})", name="role"),)

    @staticmethod
    def set_role(tx, user_id: int, site_id: int, role: str) -> None:
        """Give an account this role on the site, in place of the one it had."""
        table = Membership.__table__
        tx.execute(insert_if_absent(tx, table).values(user_id=user_id, site_id=site_id, role=role))
        tx.execute(
            update(table)
            .where(table.c.user_id == user_id, table.c.site_id == site_id)
            .values(role=role)
        )

    @staticmethod
    def remove(tx, user_id: int, site_id: int) -> bool:
        """Take an account off the site; False when it was not there."""
        return (
            tx.execute(
                delete(Membership).where(
                    Membership.user_id == user_id, Membership.site_id == site_id
                )
            ).rowcount
            == 1
        )

    @staticmethod
    def role_of(tx, user_id: int, site_id: int) -> str | None:
        """Return the role of an account on the site, None when it has none."""
        return tx.execute(
            select(Membership.role).where(
                Membership.user_id == user_id, Membership.site_id == site_id
            )
        ).scalar()
