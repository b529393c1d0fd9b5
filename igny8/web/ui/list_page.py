"""One page of a long list: fifty rows, filtered and sorted by the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, func, select

from igny8.extensions import db
from igny8.models.queries.list_query import Sort
from igny8.web.ui.request_args import page_arg, page_count

PER_PAGE = 50


@dataclass
class ListPage:
    """The rows of a page, and what its template needs to link to other pages."""

    rows: list
    total: int
    page: int
    sort: str
    descending: bool
    filters: dict[str, str]

    @property
    def pages(self) -> int:
        """Return the number of pages."""
        return page_count(self.total, PER_PAGE)

    @property
    def first(self) -> int:
        """Return the number of the first row of the page, from 1."""
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        """Return the number of the last row of the page."""
        return min(self.total, self.page * PER_PAGE)

    @property
    def is_filtered(self) -> bool:
        """Return whether a filter is set."""
        return any(self.filters.values())

    @property
    def state(self) -> dict[str, Any]:
        """Return the filters, the order and the page as query parameters."""
        direction = "desc" if self.descending else "asc"
        return {**self.filters, "sort": self.sort, "dir": direction, "page": self.page}

    def url_with(self, **changes: Any) -> str:
        """Return the address of this list with some parameters changed."""
        state = {**self.state, **changes}
        named = {key: value for key, value in state.items() if value not in ("", None, 1)}
        return url_for(request.endpoint or "", **(request.view_args or {}), **named)

    def sort_url(self, name: str) -> str:
        """Return the address that sorts by a column, or reverses its order."""
        if self.sort != name:
            return self.url_with(sort=name, dir=None, page=1)
        return self.url_with(sort=name, dir="asc" if self.descending else "desc", page=1)


def paginate(
    ids: Select,
    key: Any,
    rows: Callable[[list[int]], Select],
    sorts: Mapping[str, Sort],
    filters: dict[str, str],
) -> ListPage:
    """Return the requested page of a list.

    `ids` selects the matching ids, `key` is their column, `rows(ids)` returns the query of rows.
    The first of `sorts` is the default; unknown parameters of the request fall back to defaults.
    """
    name = request.args.get("sort", "")
    name = name if name in sorts else next(iter(sorts))
    sort = sorts[name]
    descending = request.args.get("dir", "asc" if sort.ascending else "desc") != "asc"
    count = select(func.count()).select_from(ids.order_by(None).subquery())
    total = db.session.execute(count).scalar_one()
    page = page_arg(total, PER_PAGE)
    query = _sorted(ids, key, sort, descending).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    found = list(db.session.execute(query).scalars())
    by_id = {row.id: row for row in db.session.execute(rows(found))} if found else {}
    ordered = [by_id[row_id] for row_id in found if row_id in by_id]
    return ListPage(ordered, total, page, name, descending, filters)


def _sorted(ids: Select, key: Any, sort: Sort, descending: bool) -> Select:
    """Return the sorted query; rows without a value come last."""
    if sort.join is not None:
        ids = ids.outerjoin(*sort.join)
    if descending:
        return ids.order_by(sort.column.desc().nulls_last(), key.desc())
    return ids.order_by(sort.column.asc().nulls_last(), key.asc())
