"""Order ideas by hand or by value; open runs process them in this order."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from igny8.models import Idea, Keyword, Run, RunItem, Task
from igny8.models.idea import HAND_ORDER_START, hand_priority
from igny8.stages.s3_plan import opportunity

idea, task, keyword = Idea.__table__, Task.__table__, Keyword.__table__
item, run = RunItem.__table__, Run.__table__
PLAN, WRITE = 3, 4
MAX_ORDERED = 5000
SET_POSITION = update(idea).where(idea.c.id == bindparam("one")).values(position=bindparam("place"))
SET_PRIORITY = (
    update(task)
    .where(task.c.idea_id == bindparam("one"), task.c.status == "queued")
    .values(priority=bindparam("first"))
)


def waiting_ids(tx: Connection, site_id: int) -> list[int]:
    """Return the ids of ideas that are not written yet, in the order in which runs take them."""
    query = (
        select(idea.c.id)
        .outerjoin(task, task.c.idea_id == idea.c.id)
        .where(
            idea.c.site_id == site_id,
            idea.c.disabled.is_(False),
            (idea.c.status == "new") | (task.c.status == "queued"),
        )
        .order_by(task.c.priority.desc().nulls_last(), idea.c.position.nulls_last(), idea.c.id)
    )
    return list(tx.execute(query.limit(MAX_ORDERED)).scalars())


def move(tx: Connection, site_id: int, idea_id: int, before: int | None) -> bool:
    """Put an idea before another one, or last if None; return False if it is not waiting."""
    order = waiting_ids(tx, site_id)
    if idea_id not in order or idea_id == before:
        return False
    order.remove(idea_id)
    place = order.index(before) if before in order else len(order)
    order.insert(place, idea_id)
    set_order(tx, site_id, order)
    return True


def order_by_value(tx: Connection, site_id: int) -> int:
    """Order the waiting ideas by attainable demand per word to write; return how many.

    Words stand for money, because the cost of an article grows with its length.
    """
    ids = waiting_ids(tx, site_id)
    columns = (idea.c.id, idea.c.primary_keyword_id, idea.c.secondary, idea.c.target_words)
    rows = tx.execute(select(*columns).where(idea.c.id.in_(ids))).all()
    keys = {row.primary_keyword_id for row in rows}
    query = select(keyword.c.id, keyword.c.volume, keyword.c.impressions, keyword.c.difficulty)
    primary = {row.id: row for row in tx.execute(query.where(keyword.c.id.in_(keys)))}
    value = {
        row.id: opportunity(primary.get(row.primary_keyword_id), row.secondary)
        / max(1, row.target_words)
        for row in rows
    }
    set_order(tx, site_id, sorted(ids, key=lambda one: (-value[one], one)))
    return len(ids)


def set_order(tx: Connection, site_id: int, ids: Sequence[int]) -> None:
    """Store an order of ideas and apply it to their tasks and the queued items of an open run."""
    open_run = Run.find_open(tx, site_id)
    if open_run is not None:
        Run.lock(tx, open_run.id)
    places = [{"one": one, "place": HAND_ORDER_START + n} for n, one in enumerate(ids)]
    if not places:
        return
    tx.execute(SET_POSITION, places)
    tx.execute(SET_PRIORITY, [p | {"first": hand_priority(p["place"])} for p in places])
    if open_run is not None:
        _order_items(tx, open_run.id, {p["one"]: p["place"] for p in places})


def _order_items(tx: Connection, run_id: int, places: dict[int, int]) -> None:
    """Set the rank of queued items of a run about these ideas and their tasks."""
    queued = select(item.c.id, item.c.subject_id).where(
        item.c.run_id == run_id, item.c.state == "queued"
    )
    ranks = [
        {"one": row.id, "place": places[row.subject_id]}
        for row in tx.execute(queued.where(item.c.stage == PLAN))
        if row.subject_id in places
    ]
    tasks = (
        queued.where(item.c.stage == WRITE)
        .join(task, task.c.id == item.c.subject_id)
        .add_columns(task.c.idea_id)
    )
    ranks += [
        {"one": row.id, "place": -hand_priority(places[row.idea_id])}
        for row in tx.execute(tasks)
        if row.idea_id in places
    ]
    if ranks:
        set_rank = update(item).where(item.c.id == bindparam("one"))
        tx.execute(set_rank.values(rank=bindparam("place")), ranks)
    tx.execute(update(run).where(run.c.id == run_id).values(version=run.c.version + 1))
