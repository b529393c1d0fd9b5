"""Find an account by the name given to a command."""

from typing import Any

from sqlalchemy import Row, select

from igny8.errors import Igny8Error
from igny8.models import (
    User,
)
from igny8.models.base import Executor


def find_user(tx: Executor, name: str) -> Row[Any]:
    """Return the row of an account by name; raise Igny8Error that lists some names."""
    row = User.find(tx, name)
    if row is not None:
        return row
    names = tx.execute(select(User.name).order_by(User.name_key).limit(10)).scalars().all()
    known = f" Accounts: {', '.join(names)}." if names else ""
    raise Igny8Error(
        f"There is no account {name!r}.{known} Create one with “igny8 create-user NAME”."
    )
