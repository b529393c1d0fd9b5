"""Ideas of a site for the list and the page of an idea."""

from collections.abc import Mapping

from sqlalchemy import Row, Select, select

from igny8.models import Cluster, Content, Idea, Task
from igny8.models.base import Executor
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

idea, cluster, task, content = Idea.__table__, Cluster.__table__, Task.__table__, Content.__table__
STATUSES = ("new", "queued")
SORTS = {
    "added": Sort(idea.c.id),
    "title": Sort(idea.c.title_key, ascending=True),
    "words": Sort(idea.c.target_words),
}


def narrow(ids: Select, filters: Mapping[str, str]) -> Select:
    """Return the query with the filters `q`, `status` and `format`."""
    if filters["q"]:
        ids = ids.where(contains_text(idea.c.title_key, filters["q"].casefold()))
    if filters["format"]:
        ids = ids.where(idea.c.format == filters["format"])
    if filters["status"] == "disabled":
        return ids.where(idea.c.disabled.is_(True))
    return ids.where(idea.c.status == filters["status"]) if filters["status"] else ids


def rows(site_id: int, ids: list[int]) -> Select:
    """Return the query of ideas with their cluster, their task and what was written."""
    return (
        select(
            idea,
            cluster.c.name.label("cluster_name"),
            task.c.priority,
            task.c.status.label("task_status"),
            task.c.note,
            content.c.id.label("content_id"),
            content.c.status.label("content_status"),
        )
        .join(cluster, cluster.c.id == idea.c.cluster_id)
        .outerjoin(task, task.c.idea_id == idea.c.id)
        .outerjoin(content, content.c.task_id == task.c.id)
        .where(idea.c.site_id == site_id, idea.c.id.in_(ids))
    )


def find(tx: Executor, site_id: int, idea_id: int) -> Row | None:
    """Return an idea of a site as `rows` does, or None."""
    return tx.execute(rows(site_id, [idea_id])).first()


def list_query(formats: tuple[str, ...]) -> ListQuery:
    """Return the queries of the list; `formats` are the formats to filter by."""
    filters = {"status": (*STATUSES, "disabled"), "format": formats}
    return ListQuery(idea, narrow, rows, lambda site_id: SORTS, filters)
