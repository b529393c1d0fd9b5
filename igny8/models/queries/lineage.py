"""What an item was made from and what was made of it: keywords, cluster, ideas, articles."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, select

from igny8.models import Cluster, Content, Idea, Image, Keyword, Task, ideas_by_keyword
from igny8.models.base import Executor
from igny8.models.queries import publications

keyword, cluster, idea = Keyword.__table__, Cluster.__table__, Idea.__table__
task, content, image = Task.__table__, Content.__table__, Image.__table__
MAX_ROWS = 20
# number of a stage: the query of the idea that its subject belongs to
IDEA_OF_SUBJECT: dict[int, Select[Any]] = {
    3: select(idea.c.id).add_columns(idea.c.id.label("subject")),
    4: select(task.c.idea_id, task.c.id.label("subject")),
    5: select(task.c.idea_id, content.c.id.label("subject")).join(
        content, content.c.task_id == task.c.id
    ),
    6: select(task.c.idea_id, image.c.id.label("subject"))
    .join(content, content.c.task_id == task.c.id)
    .join(image, image.c.content_id == content.c.id),
}
IDEA_OF_SUBJECT[7] = IDEA_OF_SUBJECT[5]


@dataclass
class Lineage:
    """Related rows; `has_more` is whether a list was cut."""

    cluster: Row[Any] | None = None
    keywords: list[Row[Any]] = field(default_factory=list)
    ideas: list[Row[Any]] = field(default_factory=list)
    articles: list[Row[Any]] = field(default_factory=list)
    images: list[Row[Any]] = field(default_factory=list)
    publications: dict[int, list[Row[Any]]] = field(default_factory=dict)
    has_more: bool = False


def lineage(tx: Executor, stage: int, subject_id: int) -> Lineage:
    """Return the parents and children of the subject of a stage; empty if it was deleted."""
    found = Lineage()
    if stage == 1:
        _from_keyword(tx, found, subject_id)
    elif stage == 2:
        _from_cluster(tx, found, subject_id)
    else:
        query = IDEA_OF_SUBJECT[stage].subquery()
        idea_column = query.c[0]
        row = tx.execute(select(idea_column).where(query.c.subject == subject_id)).first()
        if row is not None:
            _from_idea(tx, found, row[0])
    _add_articles(tx, found)
    lists = (found.keywords, found.ideas, found.articles, found.images)
    found.has_more = any(len(rows) >= MAX_ROWS for rows in lists)
    return found


def _from_keyword(tx: Executor, found: Lineage, keyword_id: int) -> None:
    row = tx.execute(select(keyword).where(keyword.c.id == keyword_id)).first()
    if row is None:
        return
    found.keywords = [row]
    if row.cluster_id is None:
        return
    found.cluster = tx.execute(select(cluster).where(cluster.c.id == row.cluster_id)).first()
    ideas = tx.execute(select(idea).where(idea.c.cluster_id == row.cluster_id)).all()
    covering = ideas_by_keyword(ideas).get(keyword_id)
    found.ideas = [] if covering is None else [covering]


def _from_cluster(tx: Executor, found: Lineage, cluster_id: int) -> None:
    found.cluster = tx.execute(select(cluster).where(cluster.c.id == cluster_id)).first()
    members = select(keyword).where(keyword.c.cluster_id == cluster_id)
    order = (Keyword.demand().desc().nulls_last(), keyword.c.id)
    found.keywords = list(tx.execute(members.order_by(*order).limit(MAX_ROWS)))
    ideas = select(idea).where(idea.c.cluster_id == cluster_id).order_by(idea.c.id)
    found.ideas = list(tx.execute(ideas.limit(MAX_ROWS)))


def _from_idea(tx: Executor, found: Lineage, idea_id: int) -> None:
    row = tx.execute(select(idea).where(idea.c.id == idea_id)).first()
    if row is None:
        return
    found.ideas = [row]
    found.cluster = tx.execute(select(cluster).where(cluster.c.id == row.cluster_id)).first()
    ids = [row.primary_keyword_id, *(other["key"] for other in row.secondary)]
    members = select(keyword).where(keyword.c.id.in_(ids))
    order = (Keyword.demand().desc().nulls_last(), keyword.c.id)
    found.keywords = list(tx.execute(members.order_by(*order).limit(MAX_ROWS)))


def _add_articles(tx: Executor, found: Lineage) -> None:
    """Add the articles of the ideas with their images and publications."""
    if not found.ideas:
        return
    found.articles = list(
        tx.execute(
            select(content.c.id, content.c.title, content.c.kind, content.c.status)
            .join(task, task.c.id == content.c.task_id)
            .where(task.c.idea_id.in_([row.id for row in found.ideas]))
            .order_by(content.c.id)
            .limit(MAX_ROWS)
        )
    )
    ids = [row.id for row in found.articles]
    if not ids:
        return
    images = select(image).where(image.c.content_id.in_(ids))
    order = (image.c.content_id, image.c.position)
    found.images = list(tx.execute(images.order_by(*order).limit(MAX_ROWS)))
    found.publications = publications.of_articles(tx, ids)
