"""Error pages and problem documents: a message, a remedy and an id that is in the log."""

import re
import secrets

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from igny8.engine.db_retry import is_disk_full, log_database_error
from igny8.errors import ActionRefused, Igny8Error
from igny8.web.auth.permissions import NotAuthenticated, redirect_to_login
from igny8.web.http import typed_text

MESSAGES = {
    400: ("This request could not be read.", "Go back, reload the page and try again."),
    401: (
        "You are not signed in.",
        "Sign in, then do it again. A program sends “Authorization: Bearer” with a token, "
        "created under Account.",
    ),
    403: ("This request was not carried out.", "Open the page in IGNY8 and try again there."),
    404: (
        "Page not found.",
        "It may have been deleted. Go back, or choose a site.",
    ),
    405: (
        "This address does not accept this kind of request.",
        "Go back and use the button on the page.",
    ),
    409: ("This cannot be done now.", "Reload the page: its state has changed."),
    413: (
        "The request is too large: a file may have 64 MB, pasted text 8 MB, other requests less.",
        "Split a large file and import its parts one by one.",
    ),
    415: ("This content type is not supported.", "Send a form, or JSON as application/json."),
    429: ("Too many requests.", "Wait a moment, then try again."),
    500: (
        "Something went wrong in IGNY8. No partial changes were saved.",
        "Try again. If it happens again, look for the id below in the server log.",
    ),
    503: (
        "The database is not responding.",
        "No data is lost, and runs continue by themselves. Try again in a moment. If it persists, "
        "“igny8 doctor” on the server says why.",
    ),
}

LINK_TOKEN = re.compile(r"(/(?:invitations|client)/)[^/]+")

# API clients have no page to go back to.
API_REMEDIES = {
    400: "See /api/v1/openapi.json for the expected parameters.",
    401: "Send “Authorization: Bearer” with a token from Account or “igny8 create-token”.",
    403: "Send the request with a token, and not from another website.",
    404: "See /api/v1/openapi.json for all addresses.",
    405: "The header Allow and /api/v1/openapi.json list the accepted methods.",
    409: "Request the progress of the run: its state has changed.",
    413: "Send only the fields listed in /api/v1/openapi.json.",
    429: "Wait for the time given in Retry-After.",
}


def register(app: Flask) -> None:
    """Handle every error with a page, or under /api/ with a problem document."""
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(CSRFError, _handle_csrf_error)
    app.register_error_handler(ActionRefused, _handle_refusal)
    app.register_error_handler(Igny8Error, _handle_igny8_error)
    app.register_error_handler(OperationalError, _handle_database_error)
    app.register_error_handler(DataError, _handle_invalid_value)
    app.register_error_handler(IntegrityError, _handle_conflict)
    app.register_error_handler(Exception, _handle_unexpected_error)


def error_response(
    status: int, message: str | None = None, remedy: str | None = None, error_id: str = ""
) -> tuple[str | Response, int]:
    """Return (body, status): a page, or RFC 9457 JSON for the API."""
    error_id = error_id or _log_refusal(status)
    usual, usual_remedy = MESSAGES.get(status, MESSAGES[400 if status < 500 else 500])
    message = message or usual
    for_program = request.path.startswith("/api/")
    if remedy is None:
        remedy = API_REMEDIES.get(status, usual_remedy) if for_program else usual_remedy
    if for_program:
        body = {
            "type": "about:blank",
            "title": usual,
            "status": status,
            "detail": f"{message} {remedy}".strip(),
        }
        response = jsonify(body | {"id": error_id})
        response.content_type = "application/problem+json"
        return response, status
    return _error_page(status, message, remedy, error_id), status


def _error_page(status: int, message: str, remedy: str, error_id: str) -> str | Response:
    """Return the error page, or plain text if the page cannot be rendered either."""
    try:
        return render_template(
            "errors/show.html",
            status=status,
            message=message,
            remedy=remedy,
            error_id=error_id,
            typed=typed_text.typed_texts(),
            form_page=typed_text.form_page(),
        )
    except Exception as error:  # the id must be shown in any case
        current_app.logger.error(
            "error %s: rendering the error page failed", error_id, exc_info=error
        )
        return current_app.response_class(
            f"{message} {remedy}\nError {status}, id {error_id}\n", mimetype="text/plain"
        )


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
    return error_response(503, None, None, _log_error(error))


def _handle_conflict(error: IntegrityError) -> ResponseReturnValue:
    """Answer 409 if two requests changed the same row at the same moment."""
    return error_response(
        409,
        "Someone else changed the same thing at the same moment.",
        "Reload the page and check it before you try again.",
        _log_error(error),
    )


def _handle_invalid_value(error: DataError) -> ResponseReturnValue:
    current_app.logger.warning("invalid value for the database at %r", _logged_path())
    return error_response(
        400,
        "This request contains a value that cannot be stored, such as a null character or "
        "a number that is too large.",
        "Correct it and send it again.",
    )


def _handle_unexpected_error(error: Exception) -> ResponseReturnValue:
    return error_response(500, None, None, _log_error(error))


def _log_error(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    if isinstance(error, OperationalError) and is_disk_full(error):
        log_database_error(error, "")
        current_app.logger.info("error %s at %s %r", error_id, request.method, _logged_path())
        return error_id
    current_app.logger.error(
        "error %s at %s %r", error_id, request.method, _logged_path(), exc_info=error
    )
    return error_id


def _log_refusal(status: int) -> str:
    """Log a refused request; return its id in the log."""
    error_id = secrets.token_hex(4)
    current_app.logger.info(
        "refused %s with %s: %s %r from %s",
        error_id,
        status,
        request.method,
        _logged_path()[:300],
        request.remote_addr,
    )
    return error_id


def _logged_path() -> str:
    """Return the path of the request without the token of a link."""
    return LINK_TOKEN.sub(r"\1…", request.path)
