"""The review queue of a site: the articles that wait for a decision, oldest first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, select

from igny8.models import Content, Task
from igny8.models.base import Executor

content, task = Content.__table__, Task.__table__
ORDERS = ("waiting", "value")  # the longest waiting first, or the best opportunity
OPEN_CHECK = '"ok": false'  # in the stored checks of an article


def waiting(site_id: int) -> Select:
    """Return the query of (id, title, kind, words, checks) of the queue in its order."""
    return (
        select(content.c.id, content.c.title, content.c.kind, content.c.words, content.c.checks)
        .where(
            content.c.site_id == site_id,
            content.c.status == "review",
            content.c.handed_over.is_(True),
        )
        .order_by(content.c.handed_over_at, content.c.id)
    )


def count(tx: Executor, site_id: int) -> int:
    """Return the length of the queue."""
    query = waiting(site_id).order_by(None).with_only_columns(content.c.id).subquery()
    return tx.execute(select(func.count()).select_from(query)).scalar_one()


def first_id(tx: Executor, site_id: int) -> int | None:
    """Return the id of the first article in the queue, or None."""
    return tx.execute(waiting(site_id).limit(1)).scalar()


def is_waiting(tx: Executor, site_id: int, content_id: int) -> bool:
    """Return whether an article is in the queue."""
    return tx.execute(waiting(site_id).where(content.c.id == content_id)).first() is not None


def ids(tx: Executor, site_id: int, order: str = "waiting", passing: bool = False) -> list[int]:
    """Return the ids of the queue in an order of ORDERS.

    With `passing`, only articles that pass all their checks.
    """
    query = waiting(site_id).with_only_columns(content.c.id)
    if passing:
        query = query.where(passes_checks())
    if order == "value":
        query = query.join(task, task.c.id == content.c.task_id).order_by(None)
        query = query.order_by(task.c.priority.desc(), content.c.id)
    return list(tx.execute(query).scalars())


def passes_checks() -> ColumnElement[bool]:
    """Return the SQL condition that an article passes all its checks."""
    return ~cast(content.c.checks, Text).contains(OPEN_CHECK)


def rows(tx: Executor, site_id: int, of: Sequence[int]) -> list[Row]:
    """Return the rows of those of these ids that are in the queue, in the order of the ids."""
    found = {row.id: row for row in tx.execute(waiting(site_id).where(content.c.id.in_(of)))}
    return [found[content_id] for content_id in of if content_id in found]


def oldest(tx: Executor, site_id: int) -> datetime | None:
    """Return since when the first article of the queue has waited."""
    query = waiting(site_id).with_only_columns(content.c.handed_over_at)
    return tx.execute(query.limit(1)).scalar()
