"""Articles and briefs of a site for the list, the page of an article and downloads."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Row, Select, func, select

from igny8.models import Cluster, Content, Idea, Image, Keyword, Run, Task
from igny8.models.base import Executor
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

content, cluster, idea, task = Content.__table__, Cluster.__table__, Idea.__table__, Task.__table__
image, keyword, run = Image.__table__, Keyword.__table__, Run.__table__
STATUSES = ("draft", "review", "approved", "rejected", "sent_back")
KINDS = ("brief", "article")
DECIDERS = ("rule", "person")
SORTS = {
    "added": Sort(content.c.id),
    "title": Sort(content.c.title, ascending=True),
    "words": Sort(content.c.words),
    "decided": Sort(content.c.decided_at),
}


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q`, `status`, `kind` and `decided`."""
    if filters["q"]:
        ids = ids.where(contains_text(content.c.title, filters["q"]))
    for name in ("status", "kind"):
        if filters[name]:
            ids = ids.where(content.c[name] == filters[name])
    if filters["decided"]:
        by_rule = content.c.rule_hours.is_not(None)
        by_person = content.c.decided_at.is_not(None) & ~by_rule
        ids = ids.where(by_rule if filters["decided"] == "rule" else by_person)
    return ids


def rows(site_id: int, ids: list[int]) -> Select:
    """Return the query of articles with their cluster and the number of finished `images`."""
    images = (
        select(func.count())
        .where(image.c.content_id == content.c.id, image.c.status == "generated")
        .scalar_subquery()
    )
    return (
        select(
            content.c.id,
            content.c.title,
            content.c.kind,
            content.c.status,
            content.c.rule_hours,
            content.c.words,
            content.c.created_at,
            images.label("images"),
            cluster.c.id.label("cluster_id"),
            cluster.c.name.label("cluster_name"),
        )
        .join(cluster, cluster.c.id == content.c.cluster_id)
        .where(content.c.site_id == site_id, content.c.id.in_(ids))
    )


FILTERS = {"status": STATUSES, "kind": KINDS, "decided": DECIDERS}
LIST = ListQuery(content, narrow, rows, lambda site_id: SORTS, FILTERS)


def find(tx: Executor, site_id: int, content_id: int) -> Row | None:
    """Return an article of a site, or None."""
    return tx.execute(
        select(content).where(content.c.site_id == site_id, content.c.id == content_id)
    ).first()


def find_with_idea(tx: Executor, site_id: int, content_id: int) -> Row | None:
    """Return an article with target_words, secondary, format and intent of its idea."""
    query = select(content, idea.c.target_words, idea.c.secondary, idea.c.format, idea.c.intent)
    query = query.join(task, task.c.id == content.c.task_id)
    query = query.join(idea, idea.c.id == task.c.idea_id)
    own = (content.c.site_id == site_id) & (content.c.id == content_id)
    return tx.execute(query.where(own)).first()


def images_of(tx: Executor, content_ids: Sequence[int]) -> Sequence[Row]:
    """Return the images of articles by article and position."""
    return tx.execute(
        select(image)
        .where(image.c.content_id.in_(content_ids))
        .order_by(image.c.content_id, image.c.position)
    ).all()


def origin(tx: Executor, row: Row) -> Row | None:
    """Return the cluster with its numbers, the idea and the run that an article comes from."""
    of_cluster = keyword.c.cluster_id == row.cluster_id
    return tx.execute(
        select(
            cluster.c.id.label("cluster_id"),
            cluster.c.name.label("cluster_name"),
            select(func.count()).where(of_cluster).scalar_subquery().label("keywords"),
            select(func.sum(Keyword.demand())).where(of_cluster).scalar_subquery().label("volume"),
            idea.c.id.label("idea_id"),
            idea.c.secondary,
            run.c.public_id.label("run_id"),
            run.c.number.label("run_number"),
        )
        .select_from(content)
        .join(cluster, cluster.c.id == content.c.cluster_id)
        .join(task, task.c.id == content.c.task_id)
        .join(idea, idea.c.id == task.c.idea_id)
        .outerjoin(run, run.c.id == content.c.run_id)
        .where(content.c.id == row.id)
    ).first()


def with_keywords(tx: Executor, site_id: int, ids: Sequence[int]) -> list[Row]:
    """Return articles with `secondary` and `format` of their ideas, in the order of the ids."""
    found = tx.execute(
        select(content, idea.c.secondary, idea.c.format)
        .join(task, task.c.id == content.c.task_id)
        .join(idea, idea.c.id == task.c.idea_id)
        .where(content.c.site_id == site_id, content.c.id.in_(ids))
    ).all()
    by_id = {row.id: row for row in found}
    return [by_id[content_id] for content_id in ids if content_id in by_id]


def approved_ids(tx: Executor, site_id: int, limit: int, offset: int) -> Sequence[int]:
    """Return the ids of approved articles in the order in which they were written."""
    approved = (content.c.site_id == site_id) & (content.c.status == "approved")
    query = select(content.c.id).where(approved).order_by(content.c.id)
    return tx.execute(query.limit(limit).offset(offset)).scalars().all()


def approved_count(tx: Executor, site_id: int) -> int:
    """Return the number of approved articles of a site."""
    return tx.execute(
        select(func.count())
        .select_from(content)
        .where(content.c.site_id == site_id, content.c.status == "approved")
    ).scalar_one()


def find_image(tx: Executor, site_id: int, image_id: int) -> Row | None:
    """Return (path, mime, file_name) of a finished image of a site, or None."""
    query = select(image.c.path, image.c.mime, image.c.file_name)
    own = query.where(image.c.site_id == site_id, image.c.id == image_id)
    return tx.execute(own.where(image.c.status == "generated")).first()
