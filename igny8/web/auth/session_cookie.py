"""The session cookie: signed, SameSite, and bound to the host under HTTPS."""

from collections.abc import Mapping
from hashlib import blake2b

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from igny8.models.login_session import MAX_LIFETIME
from igny8.web.http.public_address import COOKIE_PREFIXES, cookie_path, prefixed_cookie_name


class SessionCookieInterface(SecureCookieSessionInterface):
    """Adds a name prefix under HTTPS: __Host-, or __Secure- for a sub-path."""

    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer, created once per app."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name, with a prefix under HTTPS."""
        return prefixed_cookie_name(super().get_cookie_name(app))

    def get_cookie_path(self, app: Flask) -> str:
        """Return the path of the public address, so other apps do not get it."""
        return cookie_path()

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is sent only over HTTPS."""
        return request.is_secure


def register(app: Flask) -> None:
    """Set the cookie options; the name depends on the secret key of the installation."""
    mark = blake2b(app.config["SECRET_KEY"].encode(), digest_size=4).hexdigest()
    app.config.update(
        SESSION_COOKIE_NAME=f"igny8-{mark}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=MAX_LIFETIME,
    )
    app.session_interface = SessionCookieInterface()


def has_login(app: Flask, environ: Mapping[str, str]) -> bool:
    """Return whether a request has a session cookie with this installation's signature.

    The database is not queried: the session may have ended. This only decides how much of a request
    is stored before it is checked.
    """
    name, cookies = app.config["SESSION_COOKIE_NAME"], parse_cookie(environ.get("HTTP_COOKIE"))
    values = (cookies.get(known, "") for known in (prefix + name for prefix in COOKIE_PREFIXES))
    return any(_has_session_id(app, value) for value in values if value)


def _has_session_id(app: Flask, value: str) -> bool:
    interface = app.session_interface
    if not isinstance(interface, SessionCookieInterface):
        return False
    serializer = interface.get_signing_serializer(app)
    if serializer is None:
        return False
    try:
        return "sid" in serializer.loads(value, max_age=int(MAX_LIFETIME.total_seconds()))
    except BadSignature:
        return False
