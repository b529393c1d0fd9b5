"""Serve the installation at its public address (IGNY8_PUBLIC_URL), also below a path."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app, request, url_for

from igny8.public_url import PublicUrl

COOKIE_PREFIXES = ("", "__Host-", "__Secure-")


class PublicAddress:
    """WSGI middleware that gives requests the scheme, port and path of the public address.

    The proxy may pass the path on or strip it; all addresses in pages include it.
    """

    def __init__(self, app: WSGIApplication, public: PublicUrl) -> None:
        self._app, self._public = app, public

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request."""
        public = self._public
        if public.path:
            path = environ.get("PATH_INFO", "")
            if path == public.path or path.startswith(f"{public.path}/"):
                environ["PATH_INFO"] = path.removeprefix(public.path) or "/"
            environ["SCRIPT_NAME"] = public.path
        if host_name(environ.get("HTTP_HOST", "")) == public.host:
            environ["HTTP_HOST"], environ["wsgi.url_scheme"] = public.netloc, public.scheme
        return self._app(environ, start_response)


def register(app: Flask) -> None:
    """Serve at the public address, and add `public_url_for` to templates."""
    app.jinja_env.globals["public_url_for"] = public_url_for
    public = app.config["SETTINGS"].public_url
    if public is not None:
        app.wsgi_app = PublicAddress(  # type: ignore[method-assign]  # as Flask documents it
            app.wsgi_app, public
        )


def public_url_for(endpoint: str, **values: Any) -> str:
    """Return the absolute address of an endpoint, using the public address if configured."""
    public = current_app.config["SETTINGS"].public_url
    if public is None:
        return url_for(endpoint, _external=True, **values)
    return public.origin + url_for(endpoint, **values)


def cookie_path() -> str:
    """Return the path of all cookies: that of the public address, or "/"."""
    return request.script_root or "/"


def prefixed_cookie_name(name: str) -> str:
    """Return a cookie's name with its security prefix under HTTPS."""
    if not request.is_secure:
        return name
    return f"__Host-{name}" if cookie_path() == "/" else f"__Secure-{name}"


def host_name(host: str) -> str:
    """Return the name in a Host header in lower case, without port and brackets."""
    name = host.lower()
    if not name.endswith("]"):
        head, colon, port = name.rpartition(":")
        name = head if colon and port.isdigit() else name
    return name.strip("[]").rstrip(".")
