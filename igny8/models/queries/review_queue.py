"""The review queue of a site: the articles that wait for a decision, the longest waiting first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, select, tuple_

from igny8.models import Content
from igny8.models.base import Executor

content = Content.__table__


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
    """Return the id of the first in the queue, or None."""
    return tx.execute(waiting(site_id).limit(1)).scalar()


def is_waiting(tx: Executor, site_id: int, content_id: int) -> bool:
    """Return whether an article is in the queue."""
    return tx.execute(waiting(site_id).where(content.c.id == content_id)).first() is not None


def part(tx: Executor, site_id: int, limit: int, offset: int) -> Sequence[Row]:
    """Return a part of the queue."""
    return tx.execute(waiting(site_id).limit(limit).offset(offset)).all()


def position(tx: Executor, site_id: int, content_id: int) -> tuple[int, int, datetime | None]:
    """Return the position in the queue (from 1), its length, and since when the oldest waits."""
    queue = waiting(site_id).order_by(None)
    own = select(content.c.handed_over_at).where(content.c.id == content_id).scalar_subquery()
    before = queue.where(
        tuple_(content.c.handed_over_at, content.c.id) < tuple_(own, content_id)
    ).subquery()
    every = queue.with_only_columns(content.c.handed_over_at).subquery()
    earlier = tx.execute(select(func.count()).select_from(before)).scalar_one()
    total, oldest = tx.execute(select(func.count(), func.min(every.c.handed_over_at))).one()
    return earlier + 1, total, oldest


def neighbour(tx: Executor, site_id: int, content_id: int) -> int | None:
    """Return the id of the next in the queue, at its end of the previous, or None."""
    place, total, _ = position(tx, site_id, content_id)
    offset = place if place < total else place - 2
    if offset < 0 or total < 2:
        return None
    return tx.execute(waiting(site_id).limit(1).offset(offset)).scalar()
