"""Clusters of a site for the list and the page of a cluster."""

from collections.abc import Mapping, Sequence

from sqlalchemy import FromClause, Row, Select, func, select

from igny8.models import Cluster, Content, Idea, Keyword, cluster_totals
from igny8.models.base import Executor
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

cluster, keyword = Cluster.__table__, Keyword.__table__
idea, content = Idea.__table__, Content.__table__
STATUSES = ("new", "mapped")
MAX_KEYWORDS = 500


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q` and `status`."""
    if filters["q"]:
        ids = ids.where(contains_text(cluster.c.name, filters["q"]))
    if filters["status"] == "disabled":
        return ids.where(cluster.c.disabled.is_(True))
    return ids.where(cluster.c.status == filters["status"]) if filters["status"] else ids


def sorts(site_id: int) -> dict[str, Sort]:
    """Return the orders; those by totals of the keywords join these totals."""
    totals = cluster_totals(site_id)
    join = (totals, totals.c.cluster_id == cluster.c.id)
    return {
        "volume": Sort(totals.c.volume, join),
        "keywords": Sort(totals.c.keywords, join),
        "difficulty": Sort(totals.c.difficulty, join),
        "name": Sort(cluster.c.name, ascending=True),
        "added": Sort(cluster.c.id),
    }


def rows(site_id: int, ids: list[int]) -> Select:
    """Return the query of clusters with the totals of their keywords and the number of `ideas`."""
    totals, ideas = _keyword_totals(ids), _idea_counts(ids)
    return (
        select(
            cluster,
            totals.c.keywords,
            totals.c.volume,
            totals.c.searched,
            totals.c.ranges,
            totals.c.volume_low,
            totals.c.volume_high,
            totals.c.clicks,
            totals.c.difficulty,
            ideas.c.ideas,
        )
        .outerjoin(totals, totals.c.cluster_id == cluster.c.id)
        .outerjoin(ideas, ideas.c.cluster_id == cluster.c.id)
        .where(cluster.c.site_id == site_id, cluster.c.id.in_(ids))
    )


LIST = ListQuery(cluster, narrow, rows, sorts, {"status": (*STATUSES, "disabled")})


def find(tx: Executor, site_id: int, cluster_id: int) -> Row | None:
    """Return a cluster of a site as `rows` does, or None."""
    return tx.execute(rows(site_id, [cluster_id])).first()


def keywords_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return the keywords of a cluster, the most searched first, at most MAX_KEYWORDS."""
    most_searched_first = Keyword.demand().desc().nulls_last(), keyword.c.phrase_key
    query = select(keyword).where(keyword.c.cluster_id == cluster_id)
    return tx.execute(query.order_by(*most_searched_first).limit(MAX_KEYWORDS)).all()


def ideas_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return the ideas of a cluster in the order in which they were planned."""
    return tx.execute(select(idea).where(idea.c.cluster_id == cluster_id).order_by(idea.c.id)).all()


def articles_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return (id, title, status) of the articles of a cluster."""
    return tx.execute(
        select(content.c.id, content.c.title, content.c.status)
        .where(content.c.cluster_id == cluster_id)
        .order_by(content.c.id)
    ).all()


def _keyword_totals(ids: list[int]) -> FromClause:
    return (
        select(
            keyword.c.cluster_id,
            func.count().label("keywords"),
            func.sum(Keyword.demand()).label("volume"),
            func.count(keyword.c.volume).label("searched"),
            func.count(keyword.c.volume_low).label("ranges"),
            func.sum(func.coalesce(keyword.c.volume_low, keyword.c.volume)).label("volume_low"),
            func.sum(func.coalesce(keyword.c.volume_high, keyword.c.volume)).label("volume_high"),
            func.sum(keyword.c.clicks).label("clicks"),
            func.avg(keyword.c.difficulty).label("difficulty"),
        )
        .where(keyword.c.cluster_id.in_(ids))
        .group_by(keyword.c.cluster_id)
        .subquery()
    )


def _idea_counts(ids: list[int]) -> FromClause:
    return (
        select(idea.c.cluster_id, func.count().label("ideas"))
        .where(idea.c.cluster_id.in_(ids))
        .group_by(idea.c.cluster_id)
        .subquery()
    )
