"""What every answer carries: the policy and its companions, errors included; pages are kept by nobody."""

from flask import Flask, request

from igny8.server import NO_STORE, SECURITY_HEADERS

YEAR_S = 365 * 24 * 3600
HTTPS_HEADERS = [("Strict-Transport-Security", f"max-age={YEAR_S}")]  # said under https


def register(app: Flask) -> None:
    """Put the headers on every answer, after everybody else had a say."""
    app.after_request_funcs.setdefault(None, []).insert(0, add_headers)


def add_headers(response):
    """Return the response with the security headers; only our own files may be kept by caches."""
    response.headers.extend(SECURITY_HEADERS)
    if request.is_secure:
        response.headers.update(HTTPS_HEADERS)
    chosen = (
        response.headers.get("Cache-Control", "no-cache") != "no-cache"
    )  # which is what a file that is sent has
    if response.status_code >= 400 or not (chosen or request.endpoint == "static"):
        response.headers.set(*NO_STORE)
    return response
