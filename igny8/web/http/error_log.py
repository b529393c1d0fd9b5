"""Log errors and refused requests."""

import re
import secrets

from flask import current_app, request
from sqlalchemy.exc import OperationalError

from igny8.engine.db_retry import is_disk_full, log_database_error

LINK_TOKEN = re.compile(r"(/(?:invitations|client)/)[^/]+")


def log_error(error: Exception) -> str:
    """Log an error with its traceback; return its id in the log."""
    error_id = secrets.token_hex(4)
    if isinstance(error, OperationalError) and is_disk_full(error):
        log_database_error(error, "")
        current_app.logger.info("error %s at %s %r", error_id, request.method, logged_path())
        return error_id
    current_app.logger.error(
        "error %s at %s %r", error_id, request.method, logged_path(), exc_info=error
    )
    return error_id


def log_refusal(status: int) -> str:
    """Log a refused request; return its id in the log."""
    error_id = secrets.token_hex(4)
    current_app.logger.info(
        "refused %s with %s: %s %r from %s",
        error_id,
        status,
        request.method,
        logged_path()[:300],
        request.remote_addr,
    )
    return error_id


def logged_path() -> str:
    """Return the path of the request without secrets, for the log."""
    """Return the path of the request without the token of a link."""
    return LINK_TOKEN.sub(r"\1…", request.path)
