"""What may be done by whom: every address and the right it needs, in one register, deny by default."""

from dataclasses import dataclass

from flask import abort, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from igny8.extensions import write_transaction
from igny8.models import RateLimit
from igny8.models.api_token import SCOPE_DESCRIPTIONS, SCOPES
from igny8.models.membership import MANAGE, REVIEW, SEE, WORK
from igny8.web.auth import current_user
from igny8.web.ui.filters import plural

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PUBLIC_ENDPOINTS = {
    "static",
    "theme.choose",
    "health.live",
    "health.ready",
    "health.icon",
    "metrics.show",
    "login.login",
    "login.sign_in",
    "login.setup",
    "login.create_first_admin",
    "login.show_invitation",
    "login.accept_invitation",
    "api.openapi",
}
NO_AUTH_LOOKUP = {"static", "health.live", "health.ready", "health.icon"}  # nobody is looked up
SIGNED_IN, ADMIN = "signed in", "admin"


@dataclass(frozen=True)
class Permission:
    """The right that an address needs, and what the audit log calls what is done there."""

    right: str
    action: str = ""


# What looks at a site needs SEE and need not be named here; all that changes something is.
PERMISSIONS = {
    "sites.index": Permission(SIGNED_IN),
    "sites.live": Permission(SIGNED_IN),
    "sites.home": Permission(SIGNED_IN),
    "sites.new": Permission(ADMIN),
    "sites.create": Permission(ADMIN, "make a site"),
    "login.sign_out": Permission(SIGNED_IN, "sign out"),
    "account.index": Permission(SIGNED_IN),
    "account.change_password": Permission(SIGNED_IN, "change the password"),
    "account.end_session": Permission(SIGNED_IN, "end a session"),
    "account.add_token": Permission(SIGNED_IN, "make a token"),
    "account.remove_token": Permission(SIGNED_IN, "remove a token"),
    "automation.run_action": Permission(WORK, "run: {verb}"),
    "keywords.bulk_action": Permission(WORK, "keywords: {verb}"),
    "clusters.bulk_action": Permission(WORK, "clusters: {verb}"),
    "ideas.bulk_action": Permission(WORK, "ideas: {verb}"),
    "imports.index": Permission(WORK),
    "imports.show": Permission(WORK),
    "imports.live": Permission(WORK),
    "imports.upload": Permission(WORK, "keyword file: upload"),
    "imports.change_columns": Permission(WORK, "keyword file: columns"),
    "imports.confirm": Permission(WORK, "keyword file: import"),
    "imports.cancel": Permission(WORK, "keyword file: cancel"),
    "imports.restore": Permission(WORK, "keyword file: bring back"),
    "imports.undo": Permission(WORK, "keyword file: undo"),
    "review.decide": Permission(REVIEW, "content: {verb}"),
    "review.reopen": Permission(REVIEW, "content: reopen"),
    "edit.show": Permission(REVIEW),
    "edit.save": Permission(REVIEW, "content: edit"),
    "general.index": Permission(MANAGE),
    "general.save": Permission(MANAGE, "settings: save"),
    "general.delete": Permission(MANAGE, "site: delete"),
    "models.index": Permission(MANAGE),
    "models.save": Permission(MANAGE, "models: choose"),
    "models.new": Permission(MANAGE),
    "models.add": Permission(MANAGE, "model server: add"),
    "models.show": Permission(MANAGE),
    "models.change": Permission(MANAGE, "model server: change"),
    "models.test": Permission(MANAGE, "model server: test"),
    "models.remove": Permission(MANAGE, "model server: remove"),
    "prompts.index": Permission(MANAGE),
    "prompts.save": Permission(MANAGE, "prompt: change"),
    "prompts.reset": Permission(MANAGE, "prompt: reset"),
    "prices.index": Permission(MANAGE),
    "prices.save": Permission(ADMIN, "price: set"),
    "prices.remove": Permission(ADMIN, "price: remove"),
    "allowed_addresses.index": Permission(MANAGE),
    "allowed_addresses.save": Permission(ADMIN, "private address: allow"),
    "allowed_addresses.remove": Permission(ADMIN, "private address: remove"),
    "members.index": Permission(MANAGE),
    "members.invite": Permission(MANAGE, "people: invite"),
    "members.change": Permission(MANAGE, "people: change a role"),
    "members.remove": Permission(MANAGE, "people: remove"),
    "members.withdraw": Permission(MANAGE, "people: withdraw a link"),
    "admin.index": Permission(ADMIN),
    "admin.accounts": Permission(ADMIN),
    "admin.audit": Permission(ADMIN),
    "admin.export": Permission(ADMIN),
    "admin.run_action": Permission(ADMIN, "any run: {verb}"),
    "admin.change_account": Permission(ADMIN, "account: {verb}"),
    "admin.invite": Permission(ADMIN, "account: invite"),
    "admin.withdraw": Permission(ADMIN, "account: withdraw a link"),
    "workers.index": Permission(ADMIN),
    "workers.live": Permission(ADMIN),
    # a program names the site in its request: the view asks for the right when it knows the site
    "api.run_progress": Permission(SEE),
    "api.pipeline_overview": Permission(SEE),
    "api.estimate": Permission(SEE),
    "api.history": Permission(SEE),
    "api.logs": Permission(SEE),
    "api.run_now": Permission(WORK, "run: run"),
    "api.run_action": Permission(WORK, "run: {verb}"),
    "api.retry_failed": Permission(WORK, "run: retry"),
    "api.sites": Permission(SIGNED_IN),
}


def check_request() -> None:
    """Let the request pass, or raise: 404 for a site that the viewer may not know of, 401 or 403 for the rest."""
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
    """Return the right that this request needs; what is not in the register is open to nobody."""
    permit = PERMISSIONS.get(request.endpoint)
    if permit is not None:
        return permit.right
    if request.method in SAFE_METHODS and "slug" in (request.view_args or {}):
        return SEE
    raise Forbidden("This address is not open to anybody.")


def set_site(row):
    """Return the row of the site that this request is about after remembering it; 404 when there is none to see."""
    if row is None:
        abort(404, "There is no such site here. Choose one from the list of your sites.")
    g.site, g.time_zone = row, getattr(row, "time_zone", None)
    return row


def require_right(right: str) -> None:
    """Raise Forbidden unless the viewer has a right on the site, or over the installation."""
    if not (
        g.current_user.is_superuser
        if right == ADMIN
        else right == SIGNED_IN or g.current_user.has_right(right)
    ):
        raise Forbidden(_refusal_message(right))


def _refusal_message(right: str) -> str:
    """Return why the viewer may not: the token does not reach that far, or the account behind it does not."""
    scope = g.current_user.scope
    if scope and right not in SCOPES[scope]:
        return (
            f"This token may {SCOPE_DESCRIPTIONS[scope]}, and nothing else: its scope is “{scope}”. Make one with a wider scope "
            "under Account, if there is one for this."
        )
    return f"Your account may not do this: {REFUSAL_REASONS[right]}"


REFUSAL_REASONS = {
    ADMIN: "it is for an administrator of this installation.",
    SEE: "it has no role on the site. Ask who looks after it.",
    WORK: "it needs the role of an editor or an administrator of the site. Ask who looks after it.",
    REVIEW: "it needs the role of a reviewer or an administrator of the site. Ask who looks after it.",
    MANAGE: "it needs the role of an administrator of the site. Ask who looks after it.",
}


def enforce_rate_limit(action: str, max_requests: int, seconds: float) -> None:
    """Take one of the viewer's `most` places for something in a span of seconds, or raise TooManyRequests."""
    with write_transaction() as tx:
        wait = RateLimit.take(tx, f"{action} {g.current_user.user_id}", max_requests, seconds)
    if wait:
        seconds = round(wait + 0.5)
        raise TooManyRequests(
            f"That was asked for too often. Wait {plural(seconds, 'second')}, then try again.",
            retry_after=seconds,
        )


class NotAuthenticated(Unauthorized):
    """Nobody is signed in: pages lead to the door, programs are told what to send."""

    description = "Sign in first."


def redirect_to_login():
    """Return the answer that leads a visitor who is not signed in to the door; None for programs and sent forms,
    which get the plain error."""
    is_htmx = request.headers.get("HX-Request") == "true"
    if request.blueprint == "api" or request.method not in SAFE_METHODS and not is_htmx:
        return None
    path = None if is_htmx or request.path == "/" else request.full_path.rstrip("?")
    door = url_for("login.login", next=path)
    return ("", 401, {"HX-Redirect": door}) if is_htmx else redirect(door, 303)
