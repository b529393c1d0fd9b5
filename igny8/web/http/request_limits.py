"""Maximum sizes of requests: files are streamed to disk, everything else is held in memory."""

from flask import Flask, request

MAX_IN_MEMORY_BYTES = 8 * 1024 * 1024
MAX_SMALL_REQUEST_BYTES = 64 * 1024  # sign-in form, theme, API parameters
MAX_FORM_PARTS = 1000
SMALL_REQUEST_BLUEPRINTS = ("login", "theme", "api")


def register(app: Flask) -> None:
    """Set the limits before a request is read."""
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_IN_MEMORY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    app.before_request_funcs.setdefault(None, []).insert(0, set_request_limit)


def set_request_limit() -> None:
    """Limit sign-in, theme and API to 64 KB, and everything else but file uploads to 8 MB."""
    if request.blueprint in SMALL_REQUEST_BLUEPRINTS:
        request.max_content_length = MAX_SMALL_REQUEST_BYTES
    elif request.mimetype != "multipart/form-data":
        request.max_content_length = min(MAX_IN_MEMORY_BYTES, request.max_content_length)
