"""Size limits of requests: files are streamed to disk, everything else is held in memory.

The built-in web server applies `body_limit` while a body arrives, the app before reading it.
"""

from collections.abc import Mapping

from flask import Flask, current_app, request

from igny8.web.auth.session_cookie import has_login

MAX_IN_MEMORY_BYTES = 8 * 1024 * 1024
MAX_SMALL_REQUEST_BYTES = 64 * 1024  # sign-in form, theme, API parameters
MAX_FORM_PARTS = 1000
SMALL_REQUEST_BLUEPRINTS = ("login", "theme", "api")


def register(app: Flask) -> None:
    """Set the limits before a request is read."""
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_IN_MEMORY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    app.extensions["igny8.body_limit"] = lambda environ: body_limit(app, environ)
    app.before_request_funcs.setdefault(None, []).insert(0, set_request_limit)


def body_limit(app: Flask, environ: Mapping[str, str]) -> int:
    """Return the maximum bytes of a request body, by its cookie and content type.

    64 KB without a signed session cookie, 64 MB for a form with files, 8 MB for anything else.
    """
    if not has_login(app, environ):
        return MAX_SMALL_REQUEST_BYTES
    largest: int = app.config["MAX_CONTENT_LENGTH"]
    is_upload = environ.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data")
    return largest if is_upload else min(MAX_IN_MEMORY_BYTES, largest)


def set_request_limit() -> None:
    """Apply `body_limit` to a request with a body; sign-in, theme and API get 64 KB."""
    if request.content_length is None and "Transfer-Encoding" not in request.headers:
        return
    limit = body_limit(current_app, request.environ)
    is_small = request.blueprint in SMALL_REQUEST_BLUEPRINTS
    request.max_content_length = min(MAX_SMALL_REQUEST_BYTES, limit) if is_small else limit
