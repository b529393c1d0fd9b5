"""The rows selected by a bulk form: the ticked ones, or all that match its filter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Connection, Select, func, select

from igny8.extensions import db, write_transaction
from igny8.models.base import is_row_id
from igny8.web.ui.request_args import ticked_ids

BATCH_ROWS = 2000  # rows changed per transaction


@dataclass(frozen=True)
class Selection:
    """Selected rows: `ids` if they were ticked, else all of `query` up to `max_id`.

    `max_id` is the highest id when they were counted, so that later rows are not changed.
    """

    query: Select
    key: Any
    count: int
    ids: tuple[int, ...] = ()
    max_id: int = 0

    def apply_in_batches(self, action: Callable[[Connection, list[int]], int]) -> int:
        """Call `action(tx, ids)` per transaction of BATCH_ROWS; return the sum."""
        last = done = 0
        while True:
            with write_transaction() as tx:
                batch = self.query.where(self.key > last).order_by(self.key).limit(BATCH_ROWS)
                ids = list(tx.execute(batch).scalars())
                done += action(tx, ids) if ids else 0
            if len(ids) < BATCH_ROWS:
                return done
            last = ids[-1]


def selection(of_site: Select, matching: Select, key: Any) -> Selection:
    """Return the selection of a form among the ids of a site, or of those matching its filter."""
    if "all" not in request.form:
        query = of_site.where(key.in_(ticked_ids()))
        ids = tuple(db.session.execute(query).scalars())
        return Selection(query, key, len(ids), ids)
    sent = request.form.get("upto", "")
    highest = select(func.max(matching.subquery().c[key.name]))
    max_id = int(sent) if is_row_id(sent) else db.session.execute(highest).scalar() or 0
    within = matching.where(key <= max_id)
    count = db.session.execute(select(func.count()).select_from(within.subquery())).scalar_one()
    return Selection(within, key, count, (), max_id)
