"""Error pages and problem documents with a message, a remedy and a log id."""

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from igny8.errors import ActionRefused, Igny8Error
from igny8.web.auth.permissions import NotAuthenticated, redirect_to_login
from igny8.web.http.error_log import log_error, logged_path
from igny8.web.http.error_pages import error_response


def register(app: Flask) -> None:
    """Handle every error with a page, or below /api/ with a problem document."""
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(CSRFError, _handle_csrf_error)
    app.register_error_handler(ActionRefused, _handle_refusal)
    app.register_error_handler(Igny8Error, _handle_igny8_error)
    app.register_error_handler(OperationalError, _handle_database_error)
    app.register_error_handler(DataError, _handle_invalid_value)
    app.register_error_handler(IntegrityError, _handle_conflict)
    app.register_error_handler(Exception, _handle_unexpected_error)


def _handle_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    login = redirect_to_login() if isinstance(error, NotAuthenticated) else None
    if login is not None:
        return login
    own_words = None if type(error).description == error.description else error.description
    body, status = error_response(error.code or 500, own_words, "" if own_words else None)
    response = current_app.make_response((body, status))
    if error.code == 401 and request.blueprint == "api":
        response.headers["WWW-Authenticate"] = "Bearer"
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _handle_csrf_error(error: CSRFError) -> ResponseReturnValue:
    current_app.logger.info(
        "refused a form sent to %r from %r: %s",
        request.host_url,
        (request.referrer or "")[:200],
        error.description,
    )
    if request.blueprint == "api":
        return error_response(
            400,
            "Changes with a browser cookie need the form token of a page.",
            "Send an API token instead: “Authorization: Bearer”.",
        )
    return error_response(
        400,
        "This form has expired.",
        "Go back, reload the page and submit it again; cookies must be allowed.",
    )


def _handle_refusal(error: ActionRefused) -> ResponseReturnValue:
    return error_response(error.status, str(error), "")


def _handle_igny8_error(error: Igny8Error) -> ResponseReturnValue:
    return error_response(422, str(error), "")


def _handle_database_error(error: OperationalError) -> ResponseReturnValue:
    return error_response(503, None, None, log_error(error))


def _handle_conflict(error: IntegrityError) -> ResponseReturnValue:
    """Respond with 409 if two requests changed the same row at the same time."""
    return error_response(
        409,
        "Someone else changed the same thing at the same moment.",
        "Reload the page and check it before you try again.",
        log_error(error),
    )


def _handle_invalid_value(error: DataError) -> ResponseReturnValue:
    current_app.logger.warning("invalid value for the database at %r", logged_path())
    return error_response(
        400,
        "This request contains a value that cannot be stored, such as a null character or "
        "a number that is too large.",
        "Correct it and send it again.",
    )


def _handle_unexpected_error(error: Exception) -> ResponseReturnValue:
    return error_response(500, None, None, log_error(error))
