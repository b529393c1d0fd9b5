"""The database side of a list page: filters, sort orders and columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

Join = tuple[FromClause, ColumnElement[bool]]


@dataclass(frozen=True)
class Sort:
    """A sort order of a list; `join` is an outer join that only this order needs."""

    column: Any
    join: Join | None = None
    ascending: bool = False


@dataclass(frozen=True)
class ListQuery:
    """The queries of one list."""

    table: FromClause
    narrow: Callable[[Select, Mapping[str, str]], Select]
    rows: Callable[[int, list[int]], Select]
    sorts: Callable[[int], dict[str, Sort]]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> Any:
        """Return the column of the ids."""
        return self.table.c.id

    def ids(self, site_id: int) -> Select:
        """Return the query of the ids of all rows of a site."""
        return select(self.key).where(self.table.c.site_id == site_id)

    def matching_ids(self, site_id: int, filters: Mapping[str, str]) -> Select:
        """Return the query of the ids of a site that match the filters."""
        return self.narrow(self.ids(site_id), filters)
