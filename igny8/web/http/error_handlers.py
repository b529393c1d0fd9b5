"""Errors as people and programs read them: a sentence, the cure and an id that is in the log; never a traceback."""

import secrets

from flask import Flask, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from igny8.engine.db_retry import is_disk_full, log_database_error
from igny8.errors import ActionRefused, Igny8Error
from igny8.web.auth.permissions import NotAuthenticated, redirect_to_login

MESSAGES = {
    400: ("This request could not be read.", "Go back, reload the page and try again."),
    401: (
        "You are not signed in.",
        "Sign in, then do it again. A program sends “Authorization: Bearer” with a token, "
        "which is made under Account.",
    ),
    403: ("This request was not carried out.", "Open the page in IGNY8 itself and do it there."),
    404: (
        "There is nothing at this address.",
        "It may have been deleted. Go back, or choose a site.",
    ),
    405: (
        "This address does not take that kind of request.",
        "Go back and use the button on the page.",
    ),
    409: ("This cannot be done now.", "Look at the page again: things have moved on."),
    413: (
        "What was sent is too large: a file may have 64 MB, pasted text 8 MB, a form at the door much less.",
        "Split a file and import its parts one after the other.",
    ),
    415: ("This kind of content is not understood.", "Send a form, or JSON as application/json."),
    429: ("That was asked for too often.", "Wait a moment, then try again."),
    500: (
        "Something went wrong in IGNY8. Nothing was half done.",
        "Try again. If it happens again, look for the id below in the log of the server.",
    ),
    503: (
        "The database does not answer.",
        "Nothing is lost, and runs go on by themselves when it is back: try again in a moment. If it stays so, "
        "“igny8 doctor” on the server says why.",
    ),
}

# A program has no page to go back to.
API_REMEDIES = {
    400: "Look up in /api/v1/openapi.json what is asked for, and send that.",
    401: "Send “Authorization: Bearer” with a token, which is made under Account or by “igny8 create-token”.",
    403: "Send it with a token, and from no website but IGNY8 itself.",
    404: "What there is stands in /api/v1/openapi.json.",
    405: "The header Allow, and /api/v1/openapi.json, say which methods it takes.",
    409: "Ask for the progress of the run: things have moved on.",
    413: "Send the fields that /api/v1/openapi.json names, and no more.",
    429: "Wait as long as Retry-After says.",
}


def register(app: Flask) -> None:
    """Answer every error with a page, or with a problem document under /api/."""
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
):
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


def _error_page(status: int, message: str, remedy: str, error_id: str):
    """Return the page of an error, or plain words when what broke breaks the page as well."""
    try:
        return render_template(
            "errors/show.html", status=status, message=message, remedy=remedy, error_id=error_id
        )
    except Exception as error:
        current_app.logger.error("error %s: its page failed too", error_id, exc_info=error)
        return current_app.response_class(
            f"{message} {remedy}\nError {status}, id {error_id}\n", mimetype="text/plain"
        )


def _handle_http_error(error: HTTPException):
    if error.code is not None and error.code < 400:
        return error
    door = redirect_to_login() if isinstance(error, NotAuthenticated) else None
    if door is not None:
        return door
    own_words = None if type(error).description == error.description else error.description
    body, status = error_response(error.code or 500, own_words, "" if own_words else None)
    response = current_app.make_response((body, status))
    if error.code == 401 and request.blueprint == "api":
        response.headers["WWW-Authenticate"] = "Bearer"
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _handle_csrf_error(error: CSRFError):
    if request.blueprint == "api":
        return error_response(
            400,
            "The cookie of a browser changes nothing here without the token of a page.",
            "Send a token of your own instead: “Authorization: Bearer”.",
        )
    return error_response(
        400,
        "This form is not valid any more.",
        "Go back, reload the page and send it again; cookies must be allowed.",
    )


def _handle_refusal(error: ActionRefused):
    return error_response(error.status, str(error), "")


def _handle_igny8_error(error: Igny8Error):
    return error_response(422, str(error), "")


def _handle_database_error(error: OperationalError):
    return error_response(503, None, None, _log_error(error))


def _handle_conflict(error: IntegrityError):
    """Answer 409 where two requests changed the same thing at the same moment."""
    return error_response(
        409,
        "Somebody else changed the same thing at the same moment.",
        "Reload the page and look before you try again.",
        _log_error(error),
    )


def _handle_invalid_value(error: DataError):
    current_app.logger.warning("a value that the database does not take at %r", request.path)
    return error_response(
        400,
        "This request holds a value that cannot be stored, such as a character with the code 0 or "
        "a number that is too large.",
        "Correct it and send it again.",
    )


def _handle_unexpected_error(error: Exception):
    return error_response(500, None, None, _log_error(error))


def _log_error(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    if isinstance(error, OperationalError) and is_disk_full(error):
        log_database_error(error, "")
        current_app.logger.info("error %s at %s %r", error_id, request.method, request.path)
        return error_id
    current_app.logger.error(
        "error %s at %s %r", error_id, request.method, request.path, exc_info=error
    )
    return error_id


def _log_refusal(status: int) -> str:
    """Write down a request that was refused; return the id by which it is found in the log."""
    error_id = secrets.token_hex(4)
    current_app.logger.info(
        "refused %s with %s: %s %r from %s",
        error_id,
        status,
        request.method,
        request.path[:300],
        request.remote_addr,
    )
    return error_id
