"""Require users to set up a second factor."""

from flask import (
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from igny8.web.auth.endpoint_permissions import SAFE_METHODS

# what a user may open who has to set up a second factor first
SET_UP_ENDPOINTS = {
    "second_factor.index",
    "second_factor.start",
    "second_factor.confirm",
    "login.sign_out",
    "theme.choose",
}


def require_set_up() -> ResponseReturnValue | None:
    """Redirect a user who must set up a second factor; return None for all others."""
    if not is_missing() or request.endpoint in {"static", *SET_UP_ENDPOINTS}:
        return None
    if request.method not in SAFE_METHODS or request.blueprint == "api":
        raise Forbidden("Set up a second factor first, under Account.")
    where = url_for("second_factor.index")
    if request.headers.get("HX-Request") == "true":
        return "", 403, {"HX-Redirect": where}
    return redirect(where, 303)


def is_missing() -> bool:
    """Return whether the installation requires a second factor that the current user lacks.

    Sessions started by another service and API tokens are exempt.
    """
    who, required = g.get("current_user"), current_app.config["SETTINGS"].sign_in.second_factor
    if who is None or who.session_id is None or "via" in session or who.has_second_factor:
        return False
    return required == "everyone" or (required == "administrators" and who.is_admin)
