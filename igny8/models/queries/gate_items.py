"""Items that wait at the gates of a run, for the page with the decisions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from igny8.models import GateDecision, Image, RunItem, Task
from igny8.models.base import Executor

item, decision = RunItem.__table__, GateDecision.__table__
task, image = Task.__table__, Image.__table__
# stage whose subjects have no page of their own → the column with the id of what has
PARENTS = {4: (task, task.c.idea_id), 6: (image, image.c.content_id)}


def waiting(run_id: int, stage: int, is_held: bool) -> Select[Any]:
    """Return the query of (subject_id, title, page_id) of the undecided items of a stage.

    `page_id` is the id for the link: for an accepted idea its idea, for an image its article. With
    `is_held` only items that the gate holds.
    """
    table, parent = PARENTS.get(stage, (item, item.c.subject_id))
    query = select(item.c.subject_id, item.c.title, parent.label("page_id"))
    if stage in PARENTS:
        query = query.join(table, table.c.id == item.c.subject_id)
    known = select(decision.c.subject_id).where(decision.c.stage == stage)
    query = query.where(
        item.c.run_id == run_id,
        item.c.stage == stage,
        item.c.state == "queued",
        item.c.subject_id.not_in(known),
    )
    return query.where(item.c.held != 0) if is_held else query


def page(
    tx: Executor, run_id: int, stage: int, is_held: bool, limit: int
) -> tuple[Sequence[Row[Any]], int]:
    """Return the first waiting items and their total number."""
    query = waiting(run_id, stage, is_held)
    total = tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = tx.execute(query.order_by(item.c.rank, item.c.id).limit(limit)).all()
    return rows, total


def ids(tx: Executor, run_id: int, stage: int, is_held: bool) -> list[int]:
    """Return the subject ids of all waiting items."""
    return list(tx.execute(waiting(run_id, stage, is_held)).scalars())
