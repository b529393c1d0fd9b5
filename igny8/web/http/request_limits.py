"""How large a request may be: a file goes to the disk as it comes, everything else is held in memory."""

from flask import Flask, request

LARGEST_IN_MEMORY = 8 * 1024 * 1024
LARGEST_AT_THE_DOOR = 64 * 1024  # a name and a password, or the few fields of the API
MOST_PARTS = 1000
SMALL = ("login", "theme", "api")


def register(app: Flask) -> None:
    """Set the limits before anybody reads a request."""
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_IN_MEMORY
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
    app.before_request_funcs.setdefault(None, []).insert(0, limit)


def limit() -> None:
    """Let only a form with files be as large as a file, and little be read of whom nobody knows."""
    if request.blueprint in SMALL:
        request.max_content_length = LARGEST_AT_THE_DOOR
    elif request.mimetype != "multipart/form-data":
        request.max_content_length = min(LARGEST_IN_MEMORY, request.max_content_length)
