"""A sign-in with a correct password that still needs the code."""

from datetime import datetime, timedelta
from typing import Any

from flask import (
    redirect,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import clock
from igny8.extensions import db
from igny8.models import User

PENDING, PENDING_FOR = "pending", timedelta(minutes=5)


def ask_for_code(row: Row, next_path: str) -> ResponseReturnValue:
    """Store that the user's password was correct; redirect to the form for the code."""
    session.clear()
    session[PENDING] = {
        "user": row.id,
        "password_at": row.password_at.isoformat(),
        "at": clock.now().timestamp(),
        "next": next_path,
    }
    return redirect(url_for("second_factor.show_code_form"), 303)


def pending_user() -> Row | None:
    """Return the user whose password was verified within PENDING_FOR and is unchanged, or None."""
    pending: dict[str, Any] | None = session.get(PENDING)
    if pending is None or clock.now().timestamp() - pending["at"] > PENDING_FOR.total_seconds():
        return None
    row = User.fetch(db.session, pending["user"])
    is_current = (
        row is not None
        and not row.disabled
        and row.second_factor_at is not None
        and row.password_at == datetime.fromisoformat(pending["password_at"])
    )
    return row if is_current else None
