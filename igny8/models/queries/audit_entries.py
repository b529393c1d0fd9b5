"""Entries of the audit log."""

from collections.abc import Iterator

from sqlalchemy import Row, Select, or_, select

from igny8.models import AuditEntry
from igny8.models.base import Executor
from igny8.models.queries.list_query import Sort
from igny8.models.queries.text_search import contains_text

entry = AuditEntry.__table__
SORTS = {"at": Sort(entry.c.id)}
OUTCOMES = {"done": entry.c.status < 400, "refused": entry.c.status >= 400}
SEARCHED = (entry.c.who, entry.c.action, entry.c.site, entry.c.detail, entry.c.address)
EXPORT_COLUMNS = ("at", "who", "address", "action", "site", "detail", "status")


def matching_ids(filters: dict[str, str]) -> Select:
    """Return the query of the ids that match the filters `q` and `status`."""
    query = select(entry.c.id)
    if filters["q"]:
        query = query.where(or_(*(contains_text(column, filters["q"]) for column in SEARCHED)))
    return query.where(OUTCOMES[filters["status"]]) if filters["status"] else query


def rows(ids: list[int]) -> Select:
    """Return the query of whole entries by their ids."""
    return select(entry).where(entry.c.id.in_(ids))


def export(tx: Executor, filters: dict[str, str], max_rows: int) -> Iterator[tuple]:
    """Return the values of EXPORT_COLUMNS of the newest matching entries."""
    ids = matching_ids(filters).order_by(entry.c.id.desc()).limit(max_rows).subquery()
    query = select(entry).where(entry.c.id.in_(select(ids.c.id))).order_by(entry.c.id.desc())
    return map(_exported, tx.execute(query))


def _exported(row: Row) -> tuple:
    at = row.at.isoformat(timespec="seconds")
    return at, row.who, row.address, row.action, row.site, row.detail, row.status
