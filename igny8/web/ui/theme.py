"""Light or dark theme: that of the system unless the visitor chose one."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from igny8.web.http.public_address import cookie_path

bp = Blueprint("theme", __name__)
THEMES = ("system", "light", "dark")
YEAR_S = 365 * 24 * 3600


@bp.post("/theme")
def choose() -> ResponseReturnValue:
    """Store the theme in a cookie and redirect back."""
    name = request.form.get("theme", "")
    response = redirect(_previous_path(), 303)
    if name in THEMES:
        response.set_cookie(
            "theme",
            name,
            max_age=YEAR_S,
            path=cookie_path(),
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return response


def current_theme() -> str:
    """Return the visitor's theme: system, light or dark."""
    name = request.cookies.get("theme", "system")
    return name if name in THEMES else "system"


def _previous_path() -> str:
    """Return the path of the page that sent the form, never another website."""
    sent = urlsplit(request.referrer or "")
    if not sent.path.startswith("/") or sent.path.startswith(("//", "/\\")):
        return url_for("sites.index")
    return f"{sent.path}?{sent.query}" if sent.query else sent.path
