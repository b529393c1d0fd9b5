"""Render an error as a page, a partial, or JSON."""

from flask import current_app, jsonify, render_template, request
from werkzeug.wrappers import Response

from igny8.web.http import typed_text
from igny8.web.http.error_log import log_refusal

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


def error_response(
    status: int, message: str | None = None, remedy: str | None = None, error_id: str = ""
) -> tuple[str | Response, int]:
    """Return (body, status): a page, or RFC 9457 JSON for the API."""
    error_id = error_id or log_refusal(status)
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
    """Return the error page, or plain text if rendering fails."""
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
