"""Permissions: the right that each endpoint needs; unregistered endpoints are denied."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import Forbidden, Unauthorized

from igny8.models.api_token import SCOPE_DESCRIPTIONS, SCOPES
from igny8.models.membership import MANAGE, REVIEW, SEE, WORK
from igny8.web.auth import current_user

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
    "login.signed_out",
    "openid.start",
    "openid.callback",
    "second_factor.show_code_form",
    "second_factor.check",
    "api.openapi",
    "record.keys",
    "client.index",
    "client.show",
    "client.image",
    "client.comment",
    "client.decide",
}
NO_AUTH_LOOKUP = {"static", "health.live", "health.ready", "health.icon"}  # the user is not loaded
SIGNED_IN, ADMIN = "signed in", "admin"


@dataclass(frozen=True)
class Permission:
    """The right that an endpoint needs, and its action name in the audit log."""

    right: str
    action: str = ""


# GET pages of a site need SEE and are not listed; everything that changes something is.
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
    "openid.connect_form": Permission(SIGNED_IN),
    "openid.connect": Permission(SIGNED_IN, "connect an identity: begin"),
    "openid.disconnect": Permission(SIGNED_IN, "disconnect an identity"),
    "second_factor.index": Permission(SIGNED_IN),
    "second_factor.start": Permission(SIGNED_IN, "second factor: start"),
    "second_factor.confirm": Permission(SIGNED_IN, "second factor: turn on"),
    "second_factor.disable": Permission(SIGNED_IN, "second factor: turn off"),
    "second_factor.renew_codes": Permission(SIGNED_IN, "second factor: new recovery codes"),
    "automation.run_action": Permission(WORK, "run: {verb}"),
    "failed_items.retry_chosen": Permission(WORK, "run: retry some"),
    "approvals.decide": Permission(WORK, "approval: {verb}"),
    "approvals.go_on": Permission(WORK, "approval: continue"),
    "keywords.bulk_action": Permission(WORK, "keywords: {verb}"),
    "clusters.bulk_action": Permission(WORK, "clusters: {verb}"),
    "cluster_edit.show": Permission(WORK),
    "cluster_edit.rename": Permission(WORK, "clusters: rename"),
    "cluster_edit.move": Permission(WORK, "clusters: move keywords"),
    "cluster_edit.merge_form": Permission(WORK),
    "cluster_edit.merge": Permission(WORK, "clusters: merge"),
    "cluster_edit.undo": Permission(WORK, "clusters: undo"),
    "cluster_reasons.split": Permission(WORK, "clusters: split"),
    "site_pages.start": Permission(WORK, "site pages: read"),
    "site_pages.cancel": Permission(WORK, "site pages: cancel"),
    "ideas.bulk_action": Permission(WORK, "ideas: {verb}"),
    "ideas.forecast": Permission(SEE),
    "ideas.order_by_value": Permission(WORK, "ideas: order"),
    "idea_board.move": Permission(WORK, "ideas: move"),
    "idea_edit.show": Permission(WORK),
    "idea_edit.save": Permission(WORK, "ideas: edit"),
    "imports.index": Permission(WORK),
    "imports.show": Permission(WORK),
    "imports.live": Permission(WORK),
    "imports.upload": Permission(WORK, "keyword file: upload"),
    "imports.change_reading": Permission(WORK, "keyword file: columns"),
    "imports.confirm": Permission(WORK, "keyword file: import"),
    "imports.cancel": Permission(WORK, "keyword file: cancel"),
    "imports.restore": Permission(WORK, "keyword file: bring back"),
    "imports.undo": Permission(WORK, "keyword file: undo"),
    "review.decide": Permission(REVIEW, "content: {verb}"),
    "review.approve_passing": Permission(REVIEW, "content: approve all that pass"),
    "review.reopen_several": Permission(REVIEW, "content: reopen several"),
    "review.reopen": Permission(REVIEW, "content: reopen"),
    "publications.publish": Permission(REVIEW, "publish: one"),
    "publications.mark_published": Permission(REVIEW, "publish: by hand"),
    "publications.schedule": Permission(REVIEW, "publish: schedule"),
    "publications.unpublish": Permission(REVIEW, "publish: take away"),
    "publications.check": Permission(REVIEW, "publish: check"),
    "drift.decide": Permission(REVIEW, "text changed on the site: {verb}"),
    "calendar.save_plan": Permission(MANAGE, "publishing plan: change"),
    "calendar.fill": Permission(REVIEW, "publish: schedule all approved"),
    "calendar.move": Permission(REVIEW, "publish: schedule"),
    "publications.publish_approved": Permission(REVIEW, "publish: all approved"),
    "versions.ask": Permission(REVIEW, "content: change a part"),
    "versions.accept": Permission(REVIEW, "content: accept a change"),
    "versions.drop": Permission(REVIEW, "content: drop a change"),
    "versions.restore": Permission(REVIEW, "content: restore a version"),
    "article_images.decide": Permission(WORK, "image prompt: {verb}"),
    "redraws.ask": Permission(REVIEW, "image: redraw"),
    "redraws.accept": Permission(REVIEW, "image: accept the new one"),
    "redraws.drop": Permission(REVIEW, "image: drop the new one"),
    "edit.show": Permission(REVIEW),
    "edit.save": Permission(REVIEW, "content: edit"),
    "general.index": Permission(MANAGE),
    "general.save": Permission(MANAGE, "settings: save"),
    "general.delete": Permission(MANAGE, "site: delete"),
    "gates.index": Permission(MANAGE),
    "gates.save": Permission(MANAGE, "approval settings: save"),
    "models.index": Permission(MANAGE),
    "models.save": Permission(MANAGE, "models: choose"),
    "model_servers.new": Permission(MANAGE),
    "model_servers.add": Permission(MANAGE, "model server: add"),
    "model_servers.show": Permission(MANAGE),
    "model_servers.change": Permission(MANAGE, "model server: change"),
    "model_servers.test": Permission(MANAGE, "model server: test"),
    "model_servers.remove": Permission(MANAGE, "model server: remove"),
    "connect_model.index": Permission(MANAGE),
    "connect_model.show": Permission(MANAGE),
    "connect_model.add": Permission(MANAGE, "model server: connect"),
    "connect_model.use": Permission(MANAGE, "model server: use for everything"),
    "publishing.index": Permission(MANAGE),
    "publishing.new": Permission(MANAGE),
    "publishing.add": Permission(MANAGE, "publishing target: add"),
    "publishing.show": Permission(MANAGE),
    "publishing.change": Permission(MANAGE, "publishing target: change"),
    "publishing.files": Permission(MANAGE),
    "publishing.test": Permission(MANAGE, "publishing target: test"),
    "publishing.remove": Permission(MANAGE, "publishing target: remove"),
    # everybody who sees a site chooses how to hear about it
    "notifications.add": Permission(SEE, "notifications: add"),
    "notifications.change": Permission(SEE, "notifications: change"),
    "notifications.test": Permission(SEE, "notifications: test"),
    "notifications.remove": Permission(SEE, "notifications: remove"),
    "advanced.index": Permission(MANAGE),
    "prompts.index": Permission(MANAGE),
    "prompts.save": Permission(MANAGE, "prompt: change"),
    "prompts.reset": Permission(MANAGE, "prompt: reset"),
    "prices.index": Permission(MANAGE),
    "spending.index": Permission(MANAGE),
    "prices.save": Permission(ADMIN, "price: set"),
    "prices.remove": Permission(ADMIN, "price: remove"),
    "allowed_addresses.index": Permission(MANAGE),
    "allowed_addresses.save": Permission(ADMIN, "private address: allow"),
    "allowed_addresses.remove": Permission(ADMIN, "private address: remove"),
    "sources.index": Permission(MANAGE),
    "sources.add": Permission(MANAGE, "source: add"),
    "sources.remove": Permission(MANAGE, "source: remove"),
    "client_links.index": Permission(MANAGE),
    "client_links.create": Permission(MANAGE, "client link: create"),
    "client_links.revoke": Permission(MANAGE, "client link: revoke"),
    "members.index": Permission(MANAGE),
    "members.invite": Permission(MANAGE, "people: invite"),
    "members.change": Permission(MANAGE, "people: change a role"),
    "members.remove": Permission(MANAGE, "people: remove"),
    "members.withdraw": Permission(MANAGE, "people: withdraw a link"),
    "all_runs.index": Permission(ADMIN),
    "accounts.index": Permission(ADMIN),
    "audit.index": Permission(ADMIN),
    "audit.export": Permission(ADMIN),
    "all_runs.run_action": Permission(ADMIN, "any run: {verb}"),
    "accounts.change": Permission(ADMIN, "account: {verb}"),
    "accounts.invite": Permission(ADMIN, "account: invite"),
    "accounts.withdraw": Permission(ADMIN, "account: withdraw a link"),
    "mail.index": Permission(ADMIN),
    "mail.test": Permission(ADMIN, "mail: test"),
    "workers.index": Permission(ADMIN),
    "workers.live": Permission(ADMIN),
    # API requests name the site in a parameter: the view checks the right once it has the site
    "api.run_progress": Permission(SEE),
    "api.pipeline_overview": Permission(SEE),
    "api.estimate": Permission(SEE),
    "api.history": Permission(SEE),
    "api.logs": Permission(SEE),
    "api.run_now": Permission(WORK, "run: run"),
    "api.run_action": Permission(WORK, "run: {verb}"),
    "api.retry_failed": Permission(WORK, "run: retry"),
    "api.publishing_targets": Permission(SEE),
    "api.publications_list": Permission(SEE),
    "api.publish": Permission(REVIEW, "publish: one or all approved"),
    "api.schedule": Permission(REVIEW, "publish: schedule"),
    "api.unpublish": Permission(REVIEW, "publish: take away"),
    "api.changed_texts": Permission(SEE),
    "api.decide_changed_text": Permission(REVIEW, "text changed on the site: {verb}"),
    "api.sites": Permission(SIGNED_IN),
    "api.token": Permission(SIGNED_IN),
    "api.list_keywords": Permission(SEE),
    "api.import_keywords": Permission(WORK, "keyword file: import"),
    "api.list_clusters": Permission(SEE),
    "api.show_cluster": Permission(SEE),
    "api.explain_cluster": Permission(SEE),
    "api.list_cluster_changes": Permission(SEE),
    "api.rename_cluster": Permission(WORK, "clusters: rename"),
    "api.lock_cluster": Permission(WORK, "clusters: {verb}"),
    "api.move_keywords": Permission(WORK, "clusters: move keywords"),
    "api.split_cluster": Permission(WORK, "clusters: split"),
    "api.merge_cluster": Permission(WORK, "clusters: merge"),
    "api.undo_cluster_change": Permission(WORK, "clusters: undo"),
    "api.list_ideas": Permission(SEE),
    "api.show_idea": Permission(SEE),
    "api.edit_idea": Permission(WORK, "ideas: edit"),
    "api.decide_idea": Permission(WORK, "ideas: {verb}"),
    "api.list_articles": Permission(SEE),
    "api.show_article": Permission(SEE),
    "api.decide_article": Permission(REVIEW, "content: {verb}"),
    "api.show_schedule": Permission(SEE),
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


REFUSAL_REASONS = {
    ADMIN: "it requires an administrator of this installation.",
    SEE: "it has no role on this site. Ask a site administrator.",
    WORK: "it requires the role editor or administrator of the site. Ask a site administrator.",
    REVIEW: "it requires the role reviewer or administrator of the site. Ask a site administrator.",
    MANAGE: "it requires the role administrator of this site. Ask a site administrator.",
}


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
