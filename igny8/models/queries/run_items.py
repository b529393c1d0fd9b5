"""One item of a run with its requests and its log lines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select

from igny8.models import ProviderRequest, Run, RunEvent, RunItem
from igny8.models.base import Executor

run, item = Run.__table__, RunItem.__table__
request, event = ProviderRequest.__table__, RunEvent.__table__
MAX_REQUESTS, MAX_EVENTS = 60, 100
MAX_ANSWER_BYTES = 20_000  # of an answer, that a page shows
WHOLE_STAGE = 0  # subject of the requests that a stage sends for all its items


def find(tx: Executor, site_id: int, item_id: int) -> Row[Any] | None:
    """Return an item of a run of a site, with `site_id` of its run, or None."""
    return tx.execute(
        select(item)
        .join(run, run.c.id == item.c.run_id)
        .where(item.c.id == item_id, run.c.site_id == site_id)
    ).first()


def find_by_number(tx: Executor, site_id: int, number: int) -> Row[Any] | None:
    """Return the run of a site with this number, or None."""
    query = select(run).where(run.c.site_id == site_id, run.c.number == number)
    return tx.execute(query).first()


def requests_of(tx: Executor, row: Row[Any]) -> Sequence[Any]:
    """Return the requests of an item (a row) and of its whole stage, oldest first.

    `answer` is the beginning of the stored answer, `answer_bytes` its full size.
    """
    columns = [column for column in request.c if column.name not in ("body", "token")]
    return tx.execute(
        select(
            *columns,
            func.length(request.c.body).label("answer_bytes"),
            func.substr(request.c.body, 1, MAX_ANSWER_BYTES).label("answer"),
        )
        .where(
            request.c.run_id == row.run_id,
            request.c.stage == row.stage,
            or_(request.c.subject_id == row.subject_id, request.c.subject_id == WHOLE_STAGE),
        )
        .order_by(request.c.id)
        .limit(MAX_REQUESTS)
    ).all()


def events_of(tx: Executor, row: Row[Any]) -> Sequence[Any]:
    """Return the log lines about an item (a row), oldest first."""
    query = select(event).where(event.c.run_id == row.run_id, event.c.item_id == row.id)
    return tx.execute(query.order_by(event.c.id).limit(MAX_EVENTS)).all()


def failed_items(tx: Executor, run_id: int) -> Sequence[Any]:
    """Return (id, stage, title, error_kind, error) of the failed items of a run by stage."""
    return tx.execute(
        select(item.c.id, item.c.stage, item.c.title, item.c.error_kind, item.c.error)
        .where(item.c.run_id == run_id, item.c.state == "failed")
        .order_by(item.c.stage, item.c.id)
    ).all()
