"""Recognise a browser that signed in before by a signed cookie."""

import hashlib
import secrets

from flask import after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from igny8.models import User
from igny8.web.http.public_address import cookie_path, prefixed_cookie_name

DEVICE_LIFETIME_S = 365 * 24 * 3600
MAX_NAMES_PER_DEVICE = 8


def remember_device(name: str) -> None:
    """Set a cookie which states that this browser has signed in to an account."""
    device, hashed = read_device(), hash_name(name)
    names = [hashed, *(known for known in device["names"] if known != hashed)]
    value = _serializer().dumps({"id": device["id"], "names": names[:MAX_NAMES_PER_DEVICE]})

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie_name(),
            value,
            max_age=DEVICE_LIFETIME_S,
            path=cookie_path(),
            httponly=True,
            secure=request.is_secure,
            samesite="Lax",
        )
        return response


def read_device() -> dict:
    """Return the id of this browser, new without a valid cookie, and its accounts."""
    value = request.cookies.get(_cookie_name(), "")
    try:
        return _serializer().loads(value, max_age=DEVICE_LIFETIME_S)
    except BadSignature:
        return {"id": secrets.token_urlsafe(12), "names": []}


def _cookie_name() -> str:
    name = f"{current_app.config['SESSION_COOKIE_NAME']}-device"
    return prefixed_cookie_name(name)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device-cookie")


def hash_name(name: str) -> str:
    """Return the hash of a name for the cookie, which reveals no names."""
    key = User.normalise_name(name).encode("utf-8", "replace")
    return hashlib.sha256(key).hexdigest()[:32]
