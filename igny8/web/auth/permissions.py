"""Check permissions: load user and site, and refuse requests without the endpoint's right."""

from urllib.parse import urlsplit

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import Forbidden, Unauthorized

from igny8.models.api_token import SCOPE_DESCRIPTIONS, SCOPES
from igny8.models.membership import MANAGE, REVIEW, SEE, WORK
from igny8.web.auth import current_user
from igny8.web.auth.endpoint_permissions import (
    ADMIN,
    NO_AUTH_LOOKUP,
    PERMISSIONS,
    PUBLIC_ENDPOINTS,
    SAFE_METHODS,
    SIGNED_IN,
)

REFUSAL_REASONS = {
    ADMIN: "it requires an administrator of this installation.",
    SEE: "it has no role on this site. Ask a site administrator.",
    WORK: "it requires the role editor or administrator of the site. Ask a site administrator.",
    REVIEW: "it requires the role reviewer or administrator of the site. Ask a site administrator.",
    MANAGE: "it requires the role administrator of this site. Ask a site administrator.",
}


def check_request() -> None:
    """Load user and site; raise 404 for an invisible site, 401 or 403 for a missing right."""
    g.current_user = g.site = None
    endpoint, slug = request.endpoint, (request.view_args or {}).get("slug")
    if endpoint in NO_AUTH_LOOKUP:
        return
    g.current_user, row = current_user.load(slug)
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS:
        return
    if g.current_user is None:
        current_user.limit_wrong_tokens()
        raise NotAuthenticated
    if slug is not None:
        set_site(row)
    right = required_right()
    if slug is not None or right not in current_user.ALL_RIGHTS:
        require_right(right)


def required_right() -> str:
    """Return the right that this request needs; raise Forbidden if unregistered."""
    permit = PERMISSIONS.get(request.endpoint or "")
    if permit is not None:
        return permit.right
    if request.method in SAFE_METHODS and "slug" in (request.view_args or {}):
        return SEE
    raise Forbidden("Access to this address is not permitted.")


def set_site(row: Row | None) -> Row:
    """Set the site of this request and return it; raise 404 for None."""
    if row is None:
        abort(404, "Site not found. Choose one from your list of sites.")
    g.site, g.time_zone = row, getattr(row, "time_zone", None)
    return row


def require_right(right: str) -> None:
    """Raise Forbidden unless the user has a right on the site or on the installation."""
    if not (
        g.current_user.is_superuser
        if right == ADMIN
        else right == SIGNED_IN or g.current_user.has_right(right)
    ):
        raise Forbidden(_refusal_message(right))


def require_decisions() -> None:
    """Raise Forbidden for a token that may not approve, reject and publish."""
    if not g.current_user.may_decide:
        raise Forbidden(
            "This token may not approve, reject or publish. Create one under Account for which "
            "you allow it."
        )


def _refusal_message(right: str) -> str:
    """Return why access is refused: the scope of the token, or the role of the user."""
    scope = g.current_user.scope
    if scope and right not in SCOPES[scope]:
        return (
            f"This token may only {SCOPE_DESCRIPTIONS[scope]}: its scope is “{scope}”. "
            "Create a token with a wider scope under Account, if there is one for this action."
        )
    return f"Your account is not allowed to do this: {REFUSAL_REASONS[right]}"


def _page_of_htmx() -> str:
    """Return the path of the page that an htmx request came from."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{page.path}?{page.query}".rstrip("?")


class NotAuthenticated(Unauthorized):
    """No user is signed in: pages redirect to the sign-in form, API requests get 401."""

    description = "Sign in first."


def redirect_to_login() -> ResponseReturnValue | None:
    """Return the redirect to the sign-in form.

    Return None for API requests and submitted forms: the caller responds with 401.
    """
    is_htmx = request.headers.get("HX-Request") == "true"
    if request.blueprint == "api" or (request.method not in SAFE_METHODS and not is_htmx):
        return None
    path = _page_of_htmx() if is_htmx else request.script_root + request.full_path.rstrip("?")
    is_home = path in ("", url_for("sites.index"))
    login_url = url_for("login.login", next=None if is_home else path)
    return ("", 401, {"HX-Redirect": login_url}) if is_htmx else redirect(login_url, 303)
