"""Security headers of every response, including errors; pages are not cached."""

from flask import Flask, request
from werkzeug.wrappers import Response

from igny8.server import NO_STORE, SECURITY_HEADERS

YEAR_S = 365 * 24 * 3600
HTTPS_HEADERS = [("Strict-Transport-Security", f"max-age={YEAR_S}")]  # under HTTPS


def register(app: Flask) -> None:
    """Add the headers to every response, after all other handlers."""
    app.after_request_funcs.setdefault(None, []).insert(0, add_headers)


def add_headers(response: Response) -> Response:
    """Add the security headers; only static files may be cached."""
    response.headers.extend(SECURITY_HEADERS)
    if request.is_secure:
        response.headers.update(HTTPS_HEADERS)
    chosen = (
        response.headers.get("Cache-Control", "no-cache") != "no-cache"
    )  # the default of sent files
    if response.status_code >= 400 or not (chosen or request.endpoint == "static"):
        response.headers.set(*NO_STORE)
    return response
