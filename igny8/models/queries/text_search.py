"""Search in text columns."""

from typing import Any

from sqlalchemy import ColumnElement

ESCAPE = "\\"


def contains_text(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column contains a text, ignoring case."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return column.ilike(f"%{text}%", escape=ESCAPE)
