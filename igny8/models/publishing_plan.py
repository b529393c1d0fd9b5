"""The publishing plan of a site: the weekdays and times at which articles are published."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, insert_if_absent

CATCH_UP, SKIP = "catch_up", "skip"


class PublishingPlan(Model):
    """`days` are weekdays from 0 (Monday), `times` are "HH:MM" in the time zone of the site.

    `missed` is what happens to slots that passed while no worker was running: catch_up publishes
    one article at once, skip none; the others move to the next free slots.
    """

    __tablename__ = "publishing_plan"

    site_id = db.Column(db.Integer, db.ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    days = db.Column(db.JSON, nullable=False, default=list)
    times = db.Column(db.JSON, nullable=False, default=list)
    missed = db.Column(db.String(8), nullable=False, default=CATCH_UP)

    @staticmethod
    def of_site(tx: Executor, site_id: int) -> Row[Any] | None:
        """Return the plan of a site, None if it has none."""
        table = PublishingPlan.__table__
        return tx.execute(select(table).where(table.c.site_id == site_id)).first()

    @staticmethod
    def store(tx: Connection, site_id: int, **values: Any) -> None:
        """Store the plan of a site."""
        table = PublishingPlan.__table__
        tx.execute(insert_if_absent(tx, table).values(site_id=site_id, **values))
        tx.execute(update(table).where(table.c.site_id == site_id).values(**values))
