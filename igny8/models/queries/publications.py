"""Publications of articles for pages, lists, the API and the command line."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from igny8.models import Content, Publication, PublicationEvent, PublishingTarget
from igny8.models.publication import TO_SEND

content, publication = Content.__table__, Publication.__table__
event, target = PublicationEvent.__table__, PublishingTarget.__table__
MAX_SHOWN = 2000  # in a month of the calendar
TARGET_COLUMNS = (
    target.c.id.label("target_id"),
    target.c.name.label("target_name"),
    target.c.kind,
    target.c.paused_until,
    target.c.pause_reason,
)


# of lists: without the texts that people changed at targets
LISTED = [column for column in publication.c if column.name != "theirs"]


def of_article(tx: Any, site_id: int, content_id: int) -> Sequence[Row]:
    """Return each target of a site with its publication of an article, if any.

    `id` is None without a publication.
    """
    joined = and_(publication.c.target_id == target.c.id, publication.c.content_id == content_id)
    return tx.execute(
        select(*TARGET_COLUMNS, publication)
        .select_from(target)
        .outerjoin(publication, joined)
        .where(target.c.site_id == site_id)
        .order_by(target.c.name, target.c.id)
    ).all()


def of_articles(tx: Any, content_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Return the publications of articles with their target's name, by article."""
    rows = tx.execute(
        select(
            publication.c.content_id,
            publication.c.state,
            publication.c.wanted,
            publication.c.reason,
            publication.c.remote_url,
            target.c.name.label("target_name"),
        )
        .join(target, target.c.id == publication.c.target_id)
        .where(publication.c.content_id.in_(content_ids))
        .order_by(target.c.name)
    ).all()
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.content_id, []).append(row)
    return found


def events(tx: Any, publication_ids: Sequence[int], limit: int = 60) -> Sequence[Row]:
    """Return the newest lines of the log of publications, newest first."""
    query = select(event).where(event.c.publication_id.in_(publication_ids))
    return tx.execute(query.order_by(event.c.id.desc()).limit(limit)).all()


def unpublished_ids(tx: Any, site_id: int, target_id: int) -> Sequence[int]:
    """Return the approved articles that a target lacks in their approved version, oldest first."""
    joined = and_(publication.c.content_id == content.c.id, publication.c.target_id == target_id)
    query = (
        select(content.c.id)
        .outerjoin(publication, joined)
        .where(
            content.c.site_id == site_id,
            content.c.status == "approved",
            or_(publication.c.id.is_(None), publication.c.state.in_(TO_SEND)),
        )
    )
    return tx.execute(query.order_by(content.c.decided_at, content.c.id)).scalars().all()


def state_counts(tx: Any, site_id: int) -> Sequence[Row]:
    """Return (target_name, state, count) of the publications of a site."""
    return tx.execute(
        select(target.c.name.label("target_name"), publication.c.state, func.count().label("count"))
        .join(target, target.c.id == publication.c.target_id)
        .where(publication.c.site_id == site_id)
        .group_by(target.c.name, publication.c.state)
        .order_by(target.c.name, publication.c.state)
    ).all()


def in_time(tx: Any, site_id: int, start: datetime, end: datetime) -> Sequence[Row]:
    """Return what is published at targets from `start` until `end`, by time (`at`)."""
    at = func.coalesce(publication.c.publish_at, publication.c.published_at)
    return tx.execute(
        select(
            publication.c.id,
            publication.c.content_id,
            publication.c.target_id,
            publication.c.state,
            publication.c.wanted,
            publication.c.reason,
            at.label("at"),
            content.c.title,
            content.c.status,
            target.c.name.label("target_name"),
        )
        .join(content, content.c.id == publication.c.content_id)
        .join(target, target.c.id == publication.c.target_id)
        .where(
            publication.c.site_id == site_id,
            at >= start,
            at < end,
            publication.c.state != "removed",
        )
        .order_by(at, publication.c.id)
        .limit(MAX_SHOWN)
    ).all()


def find_scheduled(tx: Any, site_id: int, publication_id: int) -> Row | None:
    """Return a scheduled publication of a site, or None."""
    own = (publication.c.id == publication_id) & (publication.c.site_id == site_id)
    query = select(publication).where(own, publication.c.state == "scheduled")
    return tx.execute(query).first()


def of_site(
    tx: Any,
    site_id: int,
    limit: int | None,
    before: int | None,
    state: str | None,
    content_id: int | None,
) -> Sequence[Row]:
    """Return publications of a site with the titles of their articles, newest first."""
    query = (
        select(*LISTED, content.c.title)
        .join(content, content.c.id == publication.c.content_id)
        .where(publication.c.site_id == site_id)
    )
    wanted = {"state": state, "content_id": content_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(publication.c[name] == value)
    if before is not None:
        query = query.where(publication.c.id < before)
    return tx.execute(query.order_by(publication.c.id.desc()).limit(limit)).all()
