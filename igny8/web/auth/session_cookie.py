"""The session cookie: signed, SameSite, and bound to the host under HTTPS."""

from hashlib import blake2b

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from igny8.models.login_session import MAX_LIFETIME
from igny8.web.http.public_address import cookie_path


class SessionCookieInterface(SecureCookieSessionInterface):
    """Use a __Host- name under HTTPS, __Secure- on a path; over HTTP browsers reject such names."""

    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer, made once: it depends on the secret key of the app alone."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name, with a prefix under HTTPS."""
        name = super().get_cookie_name(app)
        if not request.is_secure:
            return name
        return f"__Host-{name}" if cookie_path() == "/" else f"__Secure-{name}"

    def get_cookie_path(self, app: Flask) -> str:
        """Return the path of the public address, so that other tools of the host do not get it."""
        return cookie_path()

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie is sent over HTTPS only."""
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
