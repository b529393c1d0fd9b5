"""Check a password and start a session."""

from flask import (
    current_app,
    g,
    request,
)
from sqlalchemy import Row

from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    LoginSession,
    User,
    passwords,
)
from igny8.models.user import NO_PASSWORD
from igny8.web.auth.current_user import start_session
from igny8.web.auth.known_devices import remember_device


def require_local_sign_in() -> None:
    """Raise ActionRefused if signing in with a password is turned off."""
    if not current_app.config["SETTINGS"].sign_in.local:
        raise ActionRefused("Signing in with a password is turned off on this installation.", 403)


def check_password(name: str, password: str) -> Row | None:
    """Return the user if the password is right, in the same time for unknown names."""
    with read_transaction() as tx:
        row = User.find(tx, name)
    if row is not None and (row.disabled or row.password == NO_PASSWORD):
        row = None
    is_right = passwords.verify_password(password, None if row is None else row.password)
    return row if is_right else None


def login_user(row: Row) -> bool:
    """Start a session of a user (a row); return False if the password changed meanwhile."""
    with write_transaction() as tx:
        if not User.lock_unchanged(tx, row):
            return False
        token = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(token)
    remember_device(row.name)
    return True


def login_new_user(user_id: int) -> None:
    """Start a session of a new account."""
    with read_transaction() as tx:
        row = User.get(tx, user_id)
    g.audit_user = row.name
    login_user(row)
