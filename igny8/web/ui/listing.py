"""Long lists: filter, sort by named columns, pages of fifty, and changes of many rows, all in the database."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy import func, select

from igny8.extensions import db, write_transaction
from igny8.models.base import is_row_id

PER_PAGE = 50
MAX_SEARCH_CHARS = 200
MAX_TICKED = 1000
BATCH_ROWS = 2000
ESCAPE = "\\"
LIST_STATE_FIELDS = ("q", "status", "intent", "format", "sort", "dir", "page")


@dataclass
class ListPage:
    """One page of a list with what its template needs to lead to the others."""

    rows: list
    total: int
    page: int
    sort: str
    descending: bool
    filters: dict
    sorts: tuple

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return min(self.total, self.page * PER_PAGE)

    @property
    def is_filtered(self) -> bool:
        return any(self.filters.values())

    @property
    def state(self) -> dict:
        """Return what the address says of this list: filters, order and page."""
        return {
            **self.filters,
            "sort": self.sort,
            "dir": "desc" if self.descending else "asc",
            "page": self.page,
        }

    def url_with(self, **changes) -> str:
        """Return the address of this list with some of page, sort, dir or a filter changed."""
        state = {**self.state, **changes}
        named = {key: value for key, value in state.items() if value not in ("", None, 1)}
        return url_for(request.endpoint, **(request.view_args or {}), **named)

    def sort_url(self, name: str) -> str:
        """Return the address that sorts by a column, or turns the order round."""
        turned = "asc" if self.sort == name and self.descending else "desc"
        return self.url_with(sort=name, dir=turned if self.sort == name else None, page=1)


@dataclass(frozen=True)
class Selection:
    """The rows that a form picked: those ticked, or all that fit its filter when they were counted.

    `upto` is the highest id among all that fit, so that what is added meanwhile is left alone."""

    query: object
    key: object
    count: int
    ids: tuple[int, ...] = ()
    max_id: int = 0

    def apply_in_batches(self, act: Callable) -> int:
        """Carry out `act(tx, ids)`, some thousand rows a transaction; return the sum of its answers."""
        last = done = 0
        while True:
            with write_transaction() as tx:
                ids = (
                    tx.execute(
                        self.query.where(self.key > last).order_by(self.key).limit(BATCH_ROWS)
                    )
                    .scalars()
                    .all()
                )
                done += act(tx, ids) if ids else 0
            if len(ids) < BATCH_ROWS:
                return done
            last = ids[-1]


def selection(of_site, filtered, key) -> Selection:
    """Return what the form picked: of the ids of the site those ticked, or all those that pass its filters."""
    if "all" not in request.form:
        query = of_site.where(key.in_(ticked_ids()))
        ids = tuple(db.session.execute(query).scalars())
        return Selection(query, key, len(ids), ids)
    asked = request.form.get("upto", "")
    highest = select(func.max(filtered.subquery().c[key.name]))
    upto = int(asked) if is_row_id(asked) else db.session.execute(highest).scalar() or 0
    within = filtered.where(key <= upto)
    count = db.session.execute(select(func.count()).select_from(within.subquery())).scalar_one()
    return Selection(within, key, count, (), upto)


def list_url(endpoint: str, slug: str) -> str:
    """Return the address of the list that a form came from, with its filters, order and page."""
    kept = {
        name: request.form[name][:MAX_SEARCH_CHARS]
        for name in LIST_STATE_FIELDS
        if request.form.get(name)
    }
    return url_for(endpoint, slug=slug, **kept)


def paginate(
    ids,
    detail,
    sorts: dict,
    filters: dict,
    default: str,
    key,
    ascending: tuple = (),
    joins: dict | None = None,
) -> ListPage:
    """Return the page that the request asks for.

    `ids` selects the ids that pass the filters; `detail(ids)` returns the query of whole rows;
    `sorts` maps a name to a column; `joins` maps a name to (subquery, condition) for those sorts that
    need more than the table, so that only they pay for it. What is unknown in the request falls back to the default.
    """
    sort = request.args.get("sort", default)
    sort = sort if sort in sorts else default
    direction = request.args.get("dir", "asc" if sort in ascending else "desc")
    descending = direction != "asc"
    total = db.session.execute(
        select(func.count()).select_from(ids.order_by(None).subquery())
    ).scalar_one()
    page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-total // PER_PAGE)))
    if sort in (joins or {}):
        ids = ids.outerjoin(*joins[sort])
    column = sorts[sort]
    order = (
        (column.desc().nulls_last(), key.desc())
        if descending
        else (column.asc().nulls_last(), key.asc())
    )
    found = (
        db.session.execute(ids.order_by(*order).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
        .scalars()
        .all()
    )
    rows = {row.id: row for row in db.session.execute(detail(found))} if found else {}
    return ListPage(
        [rows[i] for i in found if i in rows], total, page, sort, descending, filters, tuple(sorts)
    )


def choice_arg(name: str, choices) -> str:
    """Return a filter of the request if it is one of the choices, else an empty text."""
    value = request.values.get(name, "")
    return value if value in choices else ""


def row_id_arg(name: str) -> int | None:
    """Return a number in the address that a row could have, or None."""
    value = request.args.get(name, "")
    return int(value) if is_row_id(value) else None


def search_arg() -> str:
    """Return what was typed into the search field."""
    return request.values.get("q", "").replace("\0", "").strip()[:MAX_SEARCH_CHARS]


def contains_text(column, text: str):
    """Return the condition that a column contains a text, whatever signs are in it."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return column.ilike(f"%{text}%", escape=ESCAPE)


def ticked_ids() -> list[int]:
    """Return the ids that a form chose, as numbers; anything else is left out."""
    return [int(value) for value in request.form.getlist("ids")[:MAX_TICKED] if is_row_id(value)]
