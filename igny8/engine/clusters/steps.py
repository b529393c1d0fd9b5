"""Change columns of rows and record their old values, so that the change can be undone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, select, update

from igny8.models import Cluster, Content, Idea, Keyword, Task

TABLES: dict[str, Table] = {
    model.__table__.name: model.__table__ for model in (Cluster, Keyword, Idea, Task, Content)
}
MEMBERS = (Keyword.__table__, Idea.__table__, Task.__table__, Content.__table__)
IDS_PER_STATEMENT = 5000
Step = dict[str, Any]


class RecordedUpdates:
    """The updates of one change, recorded as steps with old and new values (ClusterChange)."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        self.made: list[Step] = []

    def set(self, column: Column, new: Any, rows: Select[Any]) -> list[int]:
        """Set a column of the rows whose ids a query returns; return the ids that changed."""
        table = column.table
        found = rows.add_columns(column)
        before: dict[Any, list[int]] = defaultdict(list)
        for row_id, old in self.tx.execute(found):
            if old != new:
                before[old].append(row_id)
        for old, ids in before.items():
            write(self.tx, column, new, ids)
            self.made.append(
                {"table": table.name, "column": column.name, "old": old, "new": new, "ids": ids}
            )
        return [row_id for ids in before.values() for row_id in ids]


def write(tx: Connection, column: Column, value: Any, ids: Sequence[int]) -> None:
    """Set a column of the rows with these ids."""
    key = column.table.c.id
    for part in in_parts(ids):
        tx.execute(update(column.table).where(key.in_(part)).values({column: value}))


def differs(tx: Connection, step: Step) -> bool:
    """Return whether a row of a step was changed afterwards; deleted rows do not count."""
    column = column_of(step)
    return any(
        tx.execute(
            select(column)
            .where(column.table.c.id.in_(part), column.is_distinct_from(step["new"]))
            .limit(1)
        ).first()
        is not None
        for part in in_parts(step["ids"])
    )


def column_of(step: Step) -> Column:
    """Return the column that a step changed."""
    return TABLES[step["table"]].c[step["column"]]


def in_parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """Yield ids in chunks that fit into one statement."""
    every = list(ids)
    for start in range(0, len(every), IDS_PER_STATEMENT):
        yield every[start : start + IDS_PER_STATEMENT]
