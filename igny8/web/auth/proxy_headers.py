"""Read the user of a request from headers, only if a trusted proxy sent them."""

from flask import current_app, request, session

from igny8.models.external_identity import MAX_SUBJECT_CHARS
from igny8.sign_in_config import ProxySignIn

VIA = "proxy"


def asserted_name() -> str | None:
    """Return the user name that the trusted proxy sent with this request, or None."""
    settings = _settings()
    if settings is None or not settings.is_peer(peer_address()):
        return None
    name = _decoded(request.headers.get(settings.header, "")).strip()
    if not name or "," in name or len(name) > MAX_SUBJECT_CHARS or not name.isprintable():
        return None  # a comma joins headers that were sent twice
    return name


def peer_address() -> str:
    """Return the address of the connection itself, ignoring forwarding headers."""
    original = request.environ.get("werkzeug.proxy_fix.orig", {})
    return str(original.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR") or "")


def is_valid_session() -> bool:
    """Return whether a session is valid: one of the proxy needs its user in the header."""
    return session.get("via") != VIA or (
        session.get("via_name") is not None and session["via_name"] == asserted_name()
    )


def groups() -> frozenset[str]:
    """Return the groups that the trusted proxy sent; only valid after `asserted_name`."""
    settings = _settings()
    if settings is None or not settings.groups_header:
        return frozenset()
    text = _decoded(request.headers.get(settings.groups_header, "")).replace(";", ",")
    return frozenset(filter(None, (one.strip() for one in text.split(","))))


def _decoded(value: str) -> str:
    """Decode a header value as UTF-8 if it is, since WSGI passes it as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def _settings() -> ProxySignIn | None:
    settings: ProxySignIn | None = current_app.config["SETTINGS"].sign_in.proxy
    return settings
