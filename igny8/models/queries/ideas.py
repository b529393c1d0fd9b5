"""Ideas of a site for the list and the page of an idea."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Row, Select, exists, select

from igny8.models import Cluster, Content, GateDecision, Idea, Task
from igny8.models.base import Executor
from igny8.models.gate import APPROVED, REJECTED
from igny8.models.queries.list_query import ListQuery, Sort
from igny8.models.queries.text_search import contains_text

made, PLAN = GateDecision.__table__, 3
idea, cluster, task, content = Idea.__table__, Cluster.__table__, Task.__table__, Content.__table__
STATUSES = ("new", "approved", "queued", "rejected")
BOARD_COLUMNS = (
    *(idea.c.id, idea.c.title, idea.c.format, idea.c.target_words, idea.c.primary_phrase),
    cluster.c.name.label("cluster_name"),
)
SORTS = {
    "added": Sort(idea.c.id),
    "order": Sort(idea.c.position, ascending=True),
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
    return ids.where(has_status(filters["status"])) if filters["status"] else ids


def has_status(status: str) -> ColumnElement[bool]:
    """Return the condition of one of STATUSES: new (undecided), approved, queued or rejected."""
    is_rejected = decided(REJECTED)
    if status == "rejected":
        return is_rejected
    if status == "queued":
        return idea.c.status == "queued"
    is_new = (idea.c.status == "new") & idea.c.disabled.is_(False)
    is_approved = decided(APPROVED)
    return is_new & (is_approved if status == "approved" else ~is_approved)


def decided(decision: str) -> ColumnElement[bool]:
    """Return the SQL condition that people made this decision about an idea."""
    table = GateDecision.__table__
    return exists().where(
        table.c.stage == PLAN, table.c.subject_id == idea.c.id, table.c.decision == decision
    )


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
            content.c.rule_hours,
            made.c.decision,
            made.c.reason.label("decision_reason"),
            made.c.decided_by,
        )
        .join(cluster, cluster.c.id == idea.c.cluster_id)
        .outerjoin(task, task.c.idea_id == idea.c.id)
        .outerjoin(content, content.c.task_id == task.c.id)
        .outerjoin(made, (made.c.stage == PLAN) & (made.c.subject_id == idea.c.id))
        .where(idea.c.site_id == site_id, idea.c.id.in_(ids))
    )


def find(tx: Executor, site_id: int, idea_id: int) -> Row | None:
    """Return an idea of a site with the columns of `rows`, or None."""
    return tx.execute(rows(site_id, [idea_id])).first()


def board(tx: Executor, site_id: int, status: str, limit: int) -> Sequence[Row]:
    """Return the ideas of a column of the board (one of STATUSES) in the order of the queue."""
    of_status = select(idea.c.id).where(idea.c.site_id == site_id, has_status(status))
    query = select(*BOARD_COLUMNS).select_from(
        idea.join(cluster, cluster.c.id == idea.c.cluster_id)
        .outerjoin(task, task.c.idea_id == idea.c.id)
        .outerjoin(content, content.c.task_id == task.c.id)
    )
    query = query.where(idea.c.id.in_(of_status))
    if status == "queued":
        query = query.where(content.c.id.is_(None))
    order = (task.c.priority.desc().nulls_last(), idea.c.position.nulls_last(), idea.c.id)
    return tx.execute(query.order_by(*order).limit(limit)).all()


def list_query(formats: tuple[str, ...]) -> ListQuery:
    """Return the queries of the list; `formats` are the formats to filter by."""
    filters = {"status": (*STATUSES, "disabled"), "format": formats}
    return ListQuery(idea, narrow, rows, lambda site_id: SORTS, filters)
