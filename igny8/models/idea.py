"""Ideas: planned articles with title, intent, keywords and outline."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column
from igny8.models.run import OPEN, Run
from igny8.models.run_item import RunItem
from igny8.models.task import Task

HAND_ORDER_START = -1_000_000  # below every id, so that what is ordered by hand comes first


def hand_priority(position: int) -> int:
    """Return the priority of an idea's task in an order made by hand; above all others."""
    return 1_000_000_000 - position


class Idea(Model):
    """`status` is new or queued (accepted as a task); `secondary` and `outline` are JSON lists.

    `position` is its rank in an order that a person chose, from HAND_ORDER_START on. `covered` says
    which page of the website covers it: it waits until people approve it.
    """

    __tablename__ = "idea"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    cluster_id = db.Column(
        db.Integer, db.ForeignKey("cluster.id", ondelete="CASCADE"), nullable=False
    )
    primary_keyword_id = db.Column(db.Integer, db.ForeignKey("keyword.id", ondelete="SET NULL"))
    primary_phrase = db.Column(db.Text, nullable=False)
    fingerprint = db.Column(db.String(40), nullable=False)
    title = db.Column(db.Text, nullable=False)
    title_key = db.Column(db.Text, nullable=False)
    slug = db.Column(db.String(200), nullable=False)
    meta_description = db.Column(db.Text, nullable=False)
    format = db.Column(db.String(16), nullable=False)
    intent = db.Column(db.String(16), nullable=False)
    angle = db.Column(db.Text, nullable=False)
    target_words = db.Column(db.Integer, nullable=False)
    secondary = db.Column(db.JSON, nullable=False)
    outline = db.Column(db.JSON, nullable=False)
    status = db.Column(db.String(12), nullable=False, default="new")
    disabled = db.Column(db.Boolean, nullable=False, default=False)
    covered = db.Column(db.Text, nullable=False, default="", server_default="")
    position = db.Column(db.Integer)
    created_at = created_column()

    __table_args__ = (
        db.UniqueConstraint("site_id", "fingerprint"),
        db.UniqueConstraint("site_id", "title_key"),
        db.UniqueConstraint("site_id", "slug"),
        db.Index(
            "ix_idea_waiting",
            "site_id",
            sqlite_where=db.text("status = 'new'"),
            postgresql_where=db.text("status = 'new'"),
        ),
        db.Index("ix_idea_cluster", "cluster_id"),
        db.Index("ix_idea_primary", "primary_keyword_id"),
        db.CheckConstraint("status IN ('new', 'queued')", name="status"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def for_update(tx: Connection, site_id: int, idea_id: int) -> Row[Any]:
        """Lock the open run of a site, then an idea; return the row of the idea."""
        Run.lock_open_run(tx, site_id)
        table = Idea.__table__
        own = (table.c.site_id == site_id) & (table.c.id == idea_id)
        return tx.execute(select(table).where(own).with_for_update()).one()

    @staticmethod
    def edit(tx: Connection, site_id: int, idea_id: int, title: str, **values: Any) -> bool:
        """Store a person's changes; return False if another idea of the site has this title.

        Queued items of an open run show the new title.
        """
        Run.lock_open_run(tx, site_id)
        key = title.casefold()
        taken = select(Idea.id).where(
            Idea.site_id == site_id, Idea.title_key == key, Idea.id != idea_id
        )
        if tx.execute(taken).first() is not None:
            return False
        own = (Idea.site_id == site_id) & (Idea.id == idea_id)
        tx.execute(update(Idea).where(own).values(title=title, title_key=key, **values))
        of_idea = select(Task.id).where(Task.idea_id == idea_id).scalar_subquery()
        is_about = ((RunItem.stage == 3) & (RunItem.subject_id == idea_id)) | (
            (RunItem.stage == 4) & (RunItem.subject_id == of_idea)
        )
        open_runs = select(Run.id).where(Run.site_id == site_id, Run.state.in_(OPEN))
        waiting = (RunItem.run_id.in_(open_runs)) & (RunItem.state == "queued")
        tx.execute(update(RunItem).where(waiting, is_about).values(title=title))
        Run.touch_open_run(tx, site_id)
        return True

    @staticmethod
    def disable(tx: Connection, site_id: int, ids: list[int], disabled: bool = True) -> int:
        """Exclude ideas from the pipeline, or include them again; return how many changed."""
        Run.lock_open_run(tx, site_id)
        return tx.execute(
            update(Idea).where(Idea.site_id == site_id, Idea.id.in_(ids)).values(disabled=disabled)
        ).rowcount


def ideas_by_keyword(ideas: Sequence[Row]) -> dict[int, Row]:
    """Return {keyword id: idea}; an idea with the keyword as primary wins over secondary."""
    found = {other["key"]: row for row in ideas for other in row.secondary}
    return found | {row.primary_keyword_id: row for row in ideas if row.primary_keyword_id}
