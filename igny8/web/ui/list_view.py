"""The list pages of a site: filters, order, pages and bulk actions in one class.

A list is declared by its queries (`ListQuery`), the word for its rows and its bulk actions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Connection, Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.models.queries.list_query import ListQuery
from igny8.web.ui.filters import plural
from igny8.web.ui.list_page import ListPage, paginate
from igny8.web.ui.request_args import MAX_SEARCH_CHARS, choice_arg, search_arg
from igny8.web.ui.selection import Selection, selection


@dataclass(frozen=True)
class BulkAction:
    """An action on selected rows.

    `warning` asks for confirmation, `result` is the message afterwards, following the number of
    rows; `run(tx, site_id, ids)` returns how many rows changed.
    """

    warning: str
    result: str
    run: Callable[[Connection, int, list[int]], int]
    always_confirm: bool = False


@dataclass(frozen=True)
class ListView:
    """One list; `one` is the word for a row, `blueprint` has the views index and bulk_action."""

    blueprint: str
    one: str
    query: ListQuery
    actions: Mapping[str, BulkAction] = field(default_factory=dict)

    def filters(self) -> dict[str, str]:
        """Return the filters of the request: `q` and those of the list."""
        chosen = {name: choice_arg(name, values) for name, values in self.query.filters.items()}
        return {"q": search_arg(), **chosen}

    def page(self, site: Row) -> ListPage:
        """Return the requested page of the list."""
        filters = self.filters()
        return paginate(
            self.query.matching_ids(site.id, filters),
            self.query.key,
            lambda ids: self.query.rows(site.id, ids),
            self.query.sorts(site.id),
            filters,
        )

    def bulk_action(self, site: Row) -> Response | str:
        """Carry out the action of the form on the selected rows, or ask for confirmation."""
        verb = request.form.get("verb", "")
        if verb not in self.actions:
            raise BadRequest(f"Select an action for the {self.one}s: {', '.join(self.actions)}.")
        action = self.actions[verb]
        matching = self.query.matching_ids(site.id, self.filters())
        chosen = selection(self.query.ids(site.id), matching, self.query.key)
        must_confirm = chosen.max_id or action.always_confirm
        if chosen.count and must_confirm and "sure" not in request.form:
            return self._confirmation(site, verb, action, chosen)
        changed = chosen.apply_in_batches(lambda tx, ids: action.run(tx, site.id, ids))
        flash(
            f"{plural(changed, self.one)} {action.result}."
            if chosen.count
            else f"No {self.one}s selected."
        )
        return redirect(self._url(site), 303)

    def _confirmation(self, site: Row, verb: str, action: BulkAction, chosen: Selection) -> str:
        return render_template(
            "ui/confirm.html",
            site=site,
            chosen=chosen,
            verb=verb,
            one=self.one,
            text=action.warning,
            state=self._state(),
            is_filtered=any(self.filters().values()),
            back=self._url(site),
            action=url_for(f"{self.blueprint}.bulk_action", slug=site.slug),
        )

    def _url(self, site: Row) -> str:
        """Return the address of the list with its current filters, order and page."""
        return url_for(f"{self.blueprint}.index", slug=site.slug, **self._state())

    def _state(self) -> dict[str, Any]:
        names = ("q", *self.query.filters, "sort", "dir", "page")
        sent = {name: request.form.get(name, "")[:MAX_SEARCH_CHARS] for name in names}
        return {name: value for name, value in sent.items() if value}
