"""Clusters of a site for the list and the page of a cluster."""

from collections.abc import Mapping, Sequence

from sqlalchemy import FromClause, Row, Select, case, func, select

from igny8.models import Cluster, Content, Idea, Keyword, cluster_totals
from igny8.models.base import Executor
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

cluster, keyword = Cluster.__table__, Keyword.__table__
idea, content = Idea.__table__, Content.__table__
STATUSES = ("new", "mapped")
FLAGS = ("disabled", "locked")
MAX_KEYWORDS = 500
MAX_COMPARED = 1500  # keywords that a page compares with each other
MAX_NAMES = 500  # in a list to choose from


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q` and `status`, without merged clusters."""
    ids = ids.where(cluster.c.merged_into_id.is_(None))
    if filters["q"]:
        ids = ids.where(contains_text(cluster.c.name, filters["q"]))
    if filters["status"] in FLAGS:
        return ids.where(cluster.c[filters["status"]].is_(True))
    return ids.where(cluster.c.status == filters["status"]) if filters["status"] else ids


def sorts(site_id: int) -> dict[str, Sort]:
    """Return the sort orders; those by totals join the totals of the keywords."""
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


LIST = ListQuery(cluster, narrow, rows, sorts, {"status": (*STATUSES, *FLAGS)})


def find(tx: Executor, site_id: int, cluster_id: int) -> Row | None:
    """Return a cluster of a site with the columns of `rows`, or None."""
    return tx.execute(rows(site_id, [cluster_id])).first()


def keywords_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return the keywords of a cluster, highest demand first, at most MAX_KEYWORDS."""
    most_searched_first = Keyword.demand().desc().nulls_last(), keyword.c.phrase_key
    query = select(keyword).where(keyword.c.cluster_id == cluster_id)
    return tx.execute(query.order_by(*most_searched_first).limit(MAX_KEYWORDS)).all()


def phrases_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return (id, phrase, parent_topic) of the enabled keywords, at most MAX_COMPARED."""
    return tx.execute(
        select(keyword.c.id, keyword.c.phrase, keyword.c.parent_topic)
        .where(keyword.c.cluster_id == cluster_id, keyword.c.disabled.is_(False))
        .order_by(Keyword.demand().desc().nulls_last(), keyword.c.phrase_key)
        .limit(MAX_COMPARED)
    ).all()


def ideas_elsewhere(tx: Executor, row: Row) -> dict[int, Row]:
    """Return {keyword id: idea} of a cluster's keywords that ideas of other clusters cover."""
    wanted = {int(key): found for key, found in row.covered_elsewhere.items()}
    ideas = tx.execute(select(idea).where(idea.c.id.in_(set(wanted.values())))).all()
    by_id = {each.id: each for each in ideas}
    return {key: by_id[found] for key, found in wanted.items() if found in by_id}


def current(site_id: int) -> Select:
    """Return the query of (id, name, pillar, locked) of the clusters that are not merged."""
    columns = (cluster.c.id, cluster.c.name, cluster.c.pillar, cluster.c.locked)
    of_site = (cluster.c.site_id == site_id) & cluster.c.merged_into_id.is_(None)
    return select(*columns).where(of_site).order_by(cluster.c.name)


def named(tx: Executor, site_id: int, name: str) -> Row | None:
    """Return the cluster of that name, or None."""
    is_named = func.lower(cluster.c.name) == name.strip().lower()
    return tx.execute(current(site_id).where(is_named).limit(1)).first()


def names(tx: Executor, site_id: int, besides: int) -> Sequence[str]:
    """Return names of other clusters as destinations of keywords, at most MAX_NAMES."""
    others = current(site_id).where(cluster.c.id != besides, cluster.c.locked.is_(False))
    return [row.name for row in tx.execute(others.limit(MAX_NAMES))]


def neighbours(tx: Executor, row: Row, limit: int) -> Sequence[Row]:
    """Return other clusters that are not locked, those under the same pillar first."""
    others = current(row.site_id).where(cluster.c.id != row.id, cluster.c.locked.is_(False))
    is_near = case((cluster.c.pillar == row.pillar, 0), else_=1)
    return tx.execute(others.order_by(None).order_by(is_near, cluster.c.name).limit(limit)).all()


def pillars(tx: Executor, site_id: int) -> Sequence[str]:
    """Return the pillars of a site by name, at most MAX_NAMES."""
    of_site = (cluster.c.site_id == site_id) & cluster.c.merged_into_id.is_(None)
    found = select(cluster.c.pillar).where(of_site, cluster.c.pillar != "").distinct()
    return list(tx.execute(found.order_by(cluster.c.pillar).limit(MAX_NAMES)).scalars())


def ideas_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return the ideas of a cluster in the order in which they were planned."""
    return tx.execute(select(idea).where(idea.c.cluster_id == cluster_id).order_by(idea.c.id)).all()


def articles_of(tx: Executor, cluster_id: int) -> Sequence[Row]:
    """Return (id, title, status, rule_hours) of the articles of a cluster."""
    return tx.execute(
        select(content.c.id, content.c.title, content.c.status, content.c.rule_hours)
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
