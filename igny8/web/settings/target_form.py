"""The form of a publishing target, with the fields of the target's kind."""

from typing import Any

from sqlalchemy import Row

from igny8.engine.publications.kinds import Field, Kind
from igny8.engine.publications.kinds.base import COLUMNS, SECRET
from igny8.web.ui.forms import Form

MAX_HOLD_HOURS = 24 * 14
ON_APPROVAL = {
    "nothing": "Nothing: a person publishes it",
    "publish": "Publish it",
    "calendar": "Schedule it for the next free time of the calendar",
}


def read_values(form: Form, kind: Kind) -> dict[str, Any]:
    """Return the columns of a target from the form, without its secret; errors are added."""
    values: dict[str, Any] = {
        "name": form.text("target_name", "a name", 80),
        "url": "",
        "concurrent": 1,
        "options": {},
        "on_approval": form.choice("on_approval", ON_APPROVAL),
        "hold_hours": 0,
    }
    if values["on_approval"] == "publish":
        values["hold_hours"] = form.optional_integer("hold_hours", 0, MAX_HOLD_HOURS) or 0
    if kind.max_concurrent > 1:
        values["concurrent"] = form.integer("concurrent", 1, kind.max_concurrent)
    for each in kind.fields:
        if each.type == SECRET:
            continue
        value = _read(form, each)
        if each.name in COLUMNS:
            values[COLUMNS[each.name]] = value
        else:
            values["options"][each.name] = value
    return values


def read_secret(form: Form, kind: Kind, is_new: bool) -> str | None:
    """Return the new secret, or None to keep the stored one."""
    each = next((each for each in kind.fields if each.type == SECRET), None)
    secret = "" if each is None else form.value(SECRET).strip()
    if each is None or not secret:
        if each is not None and each.is_required and is_new:
            form.errors[SECRET] = f"Enter {each.what}."
        return None
    return _checked(form, each, secret)


def shown_values(row: Row | None, kind: Kind) -> dict[str, str]:
    """Return the values of the form: stored ones, or suggestions for a new target."""
    if row is None:
        return {each.name: each.suggest() for each in kind.fields}
    values = {
        "target_name": row.name,
        "concurrent": str(row.concurrent),
        "on_approval": row.on_approval,
        "hold_hours": str(row.hold_hours or ""),
    }
    for each in kind.fields:
        if each.type != SECRET:
            column = COLUMNS.get(each.name)
            value = getattr(row, column) if column else row.options.get(each.name, "")
            values[each.name] = ("1" if value else "") if each.type == "tick" else str(value)
    return values


def _read(form: Form, each: Field) -> Any:
    if each.type == "tick":
        return form.value(each.name) == "1"
    if each.type == "choice":
        return form.choice(each.name, dict(each.choices))
    if not form.value(each.name).strip() and not each.is_required:
        return ""
    if each.type == "server":
        value = form.server_url(each.name, each.max_chars)
    elif each.type == "web":
        value = form.web_address(each.name, each.max_chars)
        if not value:
            form.errors[each.name] = f"Enter {each.what}."
    else:
        value = form.text(each.name, each.what, each.max_chars)
    return _checked(form, each, value) if each.name not in form.errors else value


def _checked(form: Form, each: Field, value: str) -> str:
    try:
        return each.check(value)
    except ValueError as error:
        form.errors[each.name] = str(error)
        return value
