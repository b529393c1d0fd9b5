"""Read untrusted request parameters; unexpected values become defaults."""

from collections.abc import Container

from flask import request
from werkzeug.exceptions import BadRequest

from igny8.models.base import is_row_id

MAX_SEARCH_CHARS = 200
MAX_TICKED = 1000
MAX_REASON_CHARS = 2000


def choice_arg(name: str, choices: Container[str]) -> str:
    """Return a parameter if it is one of the choices, else ""."""
    value = request.values.get(name, "")
    return value if value in choices else ""


def search_arg() -> str:
    """Return the text of the search field."""
    return request.values.get("q", "").replace("\0", "").strip()[:MAX_SEARCH_CHARS]


def row_id_arg(name: str) -> int | None:
    """Return a parameter that could be the id of a row, or None."""
    value = request.args.get(name, "")
    return int(value) if is_row_id(value) else None


def seen_version() -> int | None:
    """Return the version of a text that the sender of a form has read, or None."""
    value = request.form.get("version", "")
    return int(value) if is_row_id(value) else None


def typed_reason() -> str:
    """Return the reason of a decision as a form has it; see `checked_reason`."""
    return checked_reason(request.form.get("reason"))


def checked_reason(text: str | None) -> str:
    """Return the reason of a decision, "" without one; raise BadRequest instead of cutting it."""
    reason = (text or "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(reason) > MAX_REASON_CHARS:
        raise BadRequest(
            f"Shorten the reason to {MAX_REASON_CHARS:,} characters; it has {len(reason):,}."
        )
    return reason


def page_arg(total: int, per_page: int) -> int:
    """Return the requested page number, limited to existing pages."""
    return min(max(1, request.args.get("page", 1, type=int)), page_count(total, per_page))


def page_count(total: int, per_page: int) -> int:
    """Return the number of pages; an empty list has one."""
    return max(1, -(-total // per_page))


def ticked_ids() -> list[int]:
    """Return the ids of the selected rows of a form, ignoring invalid ones."""
    return [int(value) for value in request.form.getlist("ids")[:MAX_TICKED] if is_row_id(value)]
