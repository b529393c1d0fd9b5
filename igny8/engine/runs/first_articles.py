"""Runs that write a limited number of articles, beginning with the best ideas.

The ideas of such a run are enrolled when its third stage begins, those of the best clusters first,
and not when they are made; the others stay new and wait for the next run. Protocol:
docs/engine.md#start.
"""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, Select, func, insert, literal, select, update

from igny8.models import Idea, RunItem, RunSettings, RunStage
from igny8.stages import STAGES

if TYPE_CHECKING:
    from igny8.engine.runs.run_creation import StageQuery

IDEATE, PLAN, WRITE = 2, 3, 4
ZERO_COLUMNS = (
    *("retry_order", "attempt", "crashes", "heartbeat_count", "credits", "requests", "repeats"),
    *("tokens_in", "tokens_out", "money"),
)
idea, item, run_stage = Idea.__table__, RunItem.__table__, RunStage.__table__


def first_articles_query(first: int) -> "StageQuery":
    """Return a query function for a run that writes at most `first` articles.

    Accepted ideas come first, then new ideas; keywords and clusters are taken only if these do not
    suffice. Articles whose text exists are all included.
    """

    def query(tx: Connection, site_id: int, settings: RunSettings, number: int) -> Select:
        waiting = STAGES[number - 1].waiting_query(site_id, settings)
        if number > WRITE:
            return waiting
        tasks = _count(tx, STAGES[WRITE - 1].waiting_query(site_id, settings))
        if number == WRITE:
            return _best(waiting, first)
        left = max(0, first - tasks)
        if number == PLAN:
            return _best(waiting, left)
        ideas = _count(tx, STAGES[PLAN - 1].waiting_query(site_id, settings))
        return waiting if ideas < left else _best(waiting, 0)

    return query


def enrol_first_ideas(tx: Connection, row: Row, stages: list[Row]) -> int:
    """Queue as many ideas as a limited run still needs; return how many.

    They become items of stage 3; `row` is the run.
    """
    first = RunSettings.from_json(row.settings).first_articles
    if first is None:
        return 0
    plan, write = stages[PLAN - 1], stages[WRITE - 1]
    left = first - plan.input - (write.input - plan.forwarded)
    if left <= 0:
        return 0
    known = select(item.c.subject_id).where(item.c.run_id == row.id, item.c.stage == PLAN)
    is_planned = (item.c.run_id == row.id) & (item.c.stage == IDEATE) & (item.c.state == "done")
    best = (
        select(idea.c.id, idea.c.title)
        .join(item, is_planned & (item.c.subject_id == idea.c.cluster_id))
        .where(idea.c.status == "new", idea.c.disabled.is_(False), idea.c.id.not_in(known))
        .order_by(item.c.rank, item.c.id, idea.c.id)
        .limit(left)
        .subquery()
    )
    columns = [*("run_id", "stage", "subject_id", "title", "rank", "state"), *ZERO_COLUMNS]
    rows = select(
        *(literal(row.id), literal(PLAN), best.c.id, best.c.title, best.c.id, literal("queued")),
        *[literal(0)] * len(ZERO_COLUMNS),
    )
    count = tx.execute(insert(item).from_select(columns, rows)).rowcount
    _count_enrolled(tx, row.id, count)
    return count


def _count_enrolled(tx: Connection, run_id: int, count: int) -> None:
    of_run = run_stage.c.run_id == run_id
    tx.execute(
        update(run_stage)
        .where(of_run, run_stage.c.number == IDEATE)
        .values(forwarded=run_stage.c.forwarded + count)
    )
    tx.execute(
        update(run_stage)
        .where(of_run, run_stage.c.number == PLAN)
        .values(input=run_stage.c.input + count, queued=run_stage.c.queued + count)
    )


def _count(tx: Connection, query: Select) -> int:
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return tx.execute(counted).scalar_one()


def _best(waiting: Select, count: int) -> Select:
    """Limit a query of waiting subjects to its first rows by rank."""
    every = waiting.order_by(None).subquery()
    best = select(every).order_by(every.c.rank, every.c.id).limit(count).subquery()
    return select(best.c.id, best.c.title, best.c.rank)
