"""The clusters of a site as a map: areas by search volume, with their coverage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from igny8.models import Cluster, Content, Idea, Keyword, Publication, ideas_by_keyword
from igny8.models.base import Executor

cluster, keyword, idea = Cluster.__table__, Keyword.__table__, Idea.__table__
content, publication = Content.__table__, Publication.__table__
MAX_CLUSTERS = 400
LEVELS = ("open", "planned", "written", "live")  # how far a cluster is, in this order


@dataclass(frozen=True)
class MappedCluster:
    """One cluster of the map; `level` is one of LEVELS, `demand` the volume of its keywords."""

    id: int
    name: str
    keywords: int
    covered: int
    demand: int
    level: str


def mapped_clusters(tx: Executor, site_id: int) -> list[MappedCluster]:
    """Return the enabled clusters of a site by demand, highest first, at most MAX_CLUSTERS."""
    totals = (
        select(
            keyword.c.cluster_id,
            func.count().label("keywords"),
            func.coalesce(func.sum(Keyword.demand()), 0).label("demand"),
        )
        .where(keyword.c.site_id == site_id, keyword.c.disabled.is_(False))
        .group_by(keyword.c.cluster_id)
        .subquery()
    )
    query = (
        select(cluster.c.id, cluster.c.name, totals.c.keywords, totals.c.demand)
        .join(totals, totals.c.cluster_id == cluster.c.id)
        .where(cluster.c.site_id == site_id, cluster.c.disabled.is_(False))
        .order_by(totals.c.demand.desc(), totals.c.keywords.desc(), cluster.c.id)
        .limit(MAX_CLUSTERS)
    )
    rows = tx.execute(query).all()
    covered, levels = _covered_keywords(tx, site_id), _levels(tx, site_id)
    return [
        MappedCluster(
            row.id,
            row.name,
            row.keywords,
            len(covered.get(row.id, ())),
            int(row.demand),
            levels.get(row.id, "planned" if row.id in covered else "open"),
        )
        for row in rows
    ]


def coverage(tx: Executor, site_id: int) -> tuple[int, int]:
    """Return the number of enabled keywords that an idea covers, and of all enabled ones."""
    query = select(func.count()).where(keyword.c.site_id == site_id, keyword.c.disabled.is_(False))
    total = tx.execute(query).scalar_one()
    return sum(map(len, _covered_keywords(tx, site_id).values())), total


def uncovered_keywords(tx: Executor, site_id: int, limit: int) -> Sequence[Any]:
    """Return enabled keywords that no idea covers, highest demand first."""
    covered = {key for keys in _covered_keywords(tx, site_id).values() for key in keys}
    query = (
        select(keyword.c.id, keyword.c.phrase, Keyword.demand().label("demand"))
        .where(keyword.c.site_id == site_id, keyword.c.disabled.is_(False))
        .order_by(Keyword.demand().desc().nulls_last(), keyword.c.id)
    )
    found = []
    for row in tx.execute(query):
        if row.id not in covered:
            found.append(row)
        if len(found) == limit:
            break
    return found


def _covered_keywords(tx: Executor, site_id: int) -> dict[int, set[int]]:
    """Return the enabled keywords that an idea covers, by the cluster of the keyword."""
    ideas = tx.execute(
        select(idea.c.primary_keyword_id, idea.c.secondary).where(
            idea.c.site_id == site_id, idea.c.disabled.is_(False)
        )
    ).all()
    ids = ideas_by_keyword(ideas)
    rows = tx.execute(
        select(keyword.c.id, keyword.c.cluster_id).where(
            keyword.c.site_id == site_id, keyword.c.disabled.is_(False)
        )
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        if row.id in ids and row.cluster_id is not None:
            found.setdefault(row.cluster_id, set()).add(row.id)
    return found


def _levels(tx: Executor, site_id: int) -> dict[int, str]:
    """Return "written" or "live" by cluster, for those with an article."""
    is_live = case((publication.c.state.in_(("published", "outdated")), 1), else_=0)
    rows = tx.execute(
        select(content.c.cluster_id, func.max(is_live))
        .outerjoin(publication, publication.c.content_id == content.c.id)
        .where(content.c.site_id == site_id, content.c.status != "rejected")
        .group_by(content.c.cluster_id)
    )
    return {cluster_id: "live" if live else "written" for cluster_id, live in rows}
