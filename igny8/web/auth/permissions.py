"""What may be done by whom: every address and the right it needs, in one register, deny by default."""

from dataclasses import dataclass

from flask import abort, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from igny8.extensions import writing
from igny8.models import Throttle
from igny8.models.api_token import SAID, SCOPES
from igny8.models.membership import MANAGE, REVIEW, SEE, WORK
from igny8.web.auth import current_user
from igny8.web.ui.filters import plural

SAFE = ("GET", "HEAD", "OPTIONS")
PUBLIC = {
    "static",
    "theme.choose",
    "health.live",
    "health.ready",
    "health.icon",
    "metrics.show",
    "login.login",
    "login.sign_in",
    "login.setup",
    "login.found",
    "login.invited",
    "login.accept",
    "api.openapi",
}
WITHOUT_HEAD = {"static", "health.live", "health.ready", "health.icon"}  # nobody is looked up
SIGNED_IN, ADMIN = "signed in", "admin"


@dataclass(frozen=True)
class Permit:
    """The right that an address needs, and what the audit log calls what is done there."""

    right: str
    action: str = ""


# What looks at a site needs SEE and need not be named here; all that changes something is.
PERMITS = {
    "sites.index": Permit(SIGNED_IN),
    "sites.live": Permit(SIGNED_IN),
    "sites.home": Permit(SIGNED_IN),
    "sites.new": Permit(ADMIN),
    "sites.create": Permit(ADMIN, "make a site"),
    "login.sign_out": Permit(SIGNED_IN, "sign out"),
    "account.index": Permit(SIGNED_IN),
    "account.password": Permit(SIGNED_IN, "change the password"),
    "account.end_session": Permit(SIGNED_IN, "end a session"),
    "account.add_token": Permit(SIGNED_IN, "make a token"),
    "account.remove_token": Permit(SIGNED_IN, "remove a token"),
    "automation.say": Permit(WORK, "run: {verb}"),
    "keywords.change": Permit(WORK, "keywords: {verb}"),
    "clusters.change": Permit(WORK, "clusters: {verb}"),
    "ideas.change": Permit(WORK, "ideas: {verb}"),
    "imports.index": Permit(WORK),
    "imports.show": Permit(WORK),
    "imports.live": Permit(WORK),
    "imports.upload": Permit(WORK, "keyword file: upload"),
    "imports.remap": Permit(WORK, "keyword file: columns"),
    "imports.confirm": Permit(WORK, "keyword file: import"),
    "imports.undo": Permit(WORK, "keyword file: undo"),
    "review.decide": Permit(REVIEW, "content: {verb}"),
    "review.reopen": Permit(REVIEW, "content: reopen"),
    "edit.show": Permit(REVIEW),
    "edit.save": Permit(REVIEW, "content: edit"),
    "settings.index": Permit(MANAGE),
    "settings.save": Permit(MANAGE, "settings: save"),
    "settings.delete": Permit(MANAGE, "site: delete"),
    "models.index": Permit(MANAGE),
    "models.save": Permit(MANAGE, "models: choose"),
    "models.new": Permit(MANAGE),
    "models.add": Permit(MANAGE, "model server: add"),
    "models.show": Permit(MANAGE),
    "models.change": Permit(MANAGE, "model server: change"),
    "models.test": Permit(MANAGE, "model server: test"),
    "models.remove": Permit(MANAGE, "model server: remove"),
    "prompts.index": Permit(MANAGE),
    "prompts.save": Permit(MANAGE, "prompt: change"),
    "prompts.reset": Permit(MANAGE, "prompt: reset"),
    "prices.index": Permit(MANAGE),
    "prices.save": Permit(ADMIN, "price: set"),
    "prices.remove": Permit(ADMIN, "price: remove"),
    "allowed_addresses.index": Permit(MANAGE),
    "allowed_addresses.save": Permit(ADMIN, "private address: allow"),
    "allowed_addresses.remove": Permit(ADMIN, "private address: remove"),
    "members.index": Permit(MANAGE),
    "members.invite": Permit(MANAGE, "people: invite"),
    "members.change": Permit(MANAGE, "people: change a role"),
    "members.remove": Permit(MANAGE, "people: remove"),
    "members.withdraw": Permit(MANAGE, "people: withdraw a link"),
    "admin.index": Permit(ADMIN),
    "admin.users": Permit(ADMIN),
    "admin.audit": Permit(ADMIN),
    "admin.export": Permit(ADMIN),
    "admin.say": Permit(ADMIN, "any run: {verb}"),
    "admin.change": Permit(ADMIN, "account: {verb}"),
    "admin.invite": Permit(ADMIN, "account: invite"),
    "workers.index": Permit(ADMIN),
    "workers.live": Permit(ADMIN),
    # a program names the site in its request: the view asks for the right when it knows the site
    "api.run_progress": Permit(SEE),
    "api.pipeline_overview": Permit(SEE),
    "api.estimate": Permit(SEE),
    "api.history": Permit(SEE),
    "api.logs": Permit(SEE),
    "api.run_now": Permit(WORK, "run: run"),
    "api.say": Permit(WORK, "run: {verb}"),
    "api.retry_failed": Permit(WORK, "run: retry"),
    "api.sites": Permit(SIGNED_IN),
}


def check() -> None:
    """Let the request pass, or raise: 404 for a site that the viewer may not know of, 401 or 403 for the rest."""
    g.viewer = g.site = None
    endpoint, slug = request.endpoint, (request.view_args or {}).get("slug")
    if endpoint in WITHOUT_HEAD:
        return
    g.viewer, row = current_user.find(slug)
    if endpoint is None or endpoint in PUBLIC:
        return
    if g.viewer is None:
        current_user.count_wrong_token()
        raise Stranger
    if slug is not None:
        enter(row)
    right = needed()
    if slug is not None or right not in current_user.EVERYTHING:
        require(right)


def needed() -> str:
    """Return the right that this request needs; what is not in the register is open to nobody."""
    permit = PERMITS.get(request.endpoint)
    if permit is not None:
        return permit.right
    if request.method in SAFE and "slug" in (request.view_args or {}):
        return SEE
    raise Forbidden("This address is not open to anybody.")


def enter(row):
    """Return the row of the site that this request is about after remembering it; 404 when there is none to see."""
    if row is None:
        abort(404, "There is no such site here. Choose one from the list of your sites.")
    g.site, g.time_zone = row, getattr(row, "time_zone", None)
    return row


def require(right: str) -> None:
    """Raise Forbidden unless the viewer has a right on the site, or over the installation."""
    if not (
        g.viewer.looks_after_all if right == ADMIN else right == SIGNED_IN or g.viewer.may(right)
    ):
        raise Forbidden(_refusal(right))


def _refusal(right: str) -> str:
    """Return why the viewer may not: the token does not reach that far, or the account behind it does not."""
    scope = g.viewer.scope
    if scope and right not in SCOPES[scope]:
        return (
            f"This token may {SAID[scope]}, and nothing else: its scope is “{scope}”. Make one with a wider scope "
            "under Account, if there is one for this."
        )
    return f"Your account may not do this: {REFUSALS[right]}"


REFUSALS = {
    ADMIN: "it is for an administrator of this installation.",
    SEE: "it has no role on the site. Ask who looks after it.",
    WORK: "it needs the role of an editor or an administrator of the site. Ask who looks after it.",
    REVIEW: "it needs the role of a reviewer or an administrator of the site. Ask who looks after it.",
    MANAGE: "it needs the role of an administrator of the site. Ask who looks after it.",
}


def throttle(what: str, most: int, seconds: float) -> None:
    """Take one of the viewer's `most` places for something in a span of seconds, or raise TooManyRequests."""
    with writing() as tx:
        wait = Throttle.take(tx, f"{what} {g.viewer.user_id}", most, seconds)
    if wait:
        seconds = round(wait + 0.5)
        raise TooManyRequests(
            f"That was asked for too often. Wait {plural(seconds, 'second')}, then try again.",
            retry_after=seconds,
        )


class Stranger(Unauthorized):
    """Nobody is signed in: pages lead to the door, programs are told what to send."""

    description = "Sign in first."


def lead_to_the_door():
    """Return the answer that leads a visitor who is not signed in to the door; None for programs and sent forms,
    which get the plain error."""
    is_htmx = request.headers.get("HX-Request") == "true"
    if request.blueprint == "api" or request.method not in SAFE and not is_htmx:
        return None
    path = None if is_htmx or request.path == "/" else request.full_path.rstrip("?")
    door = url_for("login.login", next=path)
    return ("", 401, {"HX-Redirect": door}) if is_htmx else redirect(door, 303)
