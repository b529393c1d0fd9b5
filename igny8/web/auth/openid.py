"""Sign in with an OpenID Connect provider, and connect its identity to an account."""

import hmac
import importlib
import secrets
from types import ModuleType
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from igny8 import clock
from igny8.errors import ActionRefused, Igny8Error
from igny8.extensions import db, write_transaction
from igny8.models import ExternalIdentity, User, passwords
from igny8.models.external_identity import MAX_SUBJECT_CHARS
from igny8.models.user import NO_PASSWORD
from igny8.oidc_config import OidcSettings
from igny8.web.auth import external_accounts
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.auth.external_accounts import Identity
from igny8.web.auth.next_path import safe_next_path
from igny8.web.http.client_address import address_block
from igny8.web.http.public_address import public_url_for
from igny8.web.ui.forms import Form

bp = Blueprint("openid", __name__)
VIA = "openid"
PENDING, PENDING_FOR_S = "openid", 600.0
CONNECT, CONNECT_FOR_S = "openid_connect", 300.0
STALE = "This sign-in was not started in this browser, or too long ago. Start again."


@bp.get("/login/openid")
def start() -> ResponseReturnValue:
    """Redirect to the provider; state, nonce and verifier are stored in the signed cookie."""
    settings, connect = _settings(), _connecting_user()
    if g.current_user is not None and connect is None:
        return redirect(safe_next_path(request.args.get("next")), 303)
    wait = current_app.extensions["igny8.openid_limiter"].take(address_block())
    if wait:
        raise TooManyRequests("Too many sign-ins. Wait a moment.", retry_after=round(wait + 0.5))
    pending = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    try:
        url = _client().authorization_url(settings, _callback_url(), **pending)
    except Igny8Error as error:
        return _failed(error)
    session[PENDING] = {
        **pending,
        "at": clock.now().timestamp(),
        "next": safe_next_path(request.args.get("next")),
        "connect": connect,
    }
    return redirect(url, 303)


@bp.get("/login/openid/callback")
def callback() -> ResponseReturnValue:
    """Handle the provider's response: sign in, or connect the identity to the current account."""
    settings, pending = _settings(), session.pop(PENDING, None)
    g.audit_action, g.audit_user = "sign in: OpenID", "nobody"
    _check_answer(settings, pending)
    try:
        claims = _client().fetch_claims(
            settings,
            request.args.get("code", "")[:4000],
            _callback_url(),
            pending["nonce"],
            pending["verifier"],
        )
    except Igny8Error as error:
        return _failed(error)
    identity = read_identity(settings, claims)
    g.audit_detail = f"as {identity.label}"
    if pending["connect"] is not None:
        return _connect(identity, pending["connect"])
    _require_admitted(settings, claims, identity)
    g.audit_user = external_accounts.sign_in(identity, VIA)
    return redirect(pending["next"], 303)


@bp.post("/account/identities/connect")
def connect() -> ResponseReturnValue:
    """Allow connecting an identity for some minutes after the password was entered."""
    enforce_rate_limit("password")
    settings, form = _settings(), Form(request.form)
    row = User.get(db.session, g.current_user.user_id)
    if not passwords.verify_password(form.value("old"), row.password):
        form.errors["old"] = "Incorrect current password."
        return render_template("auth/account/connect.html", form=form, oidc=settings), 422
    session[CONNECT] = {"user": row.id, "at": clock.now().timestamp()}
    return render_template("auth/account/connect.html", form=None, oidc=settings)


@bp.get("/account/identities/connect")
def connect_form() -> ResponseReturnValue:
    """Show the form for the password that is required to connect an identity."""
    return render_template("auth/account/connect.html", form=Form({}), oidc=_settings())


@bp.post("/account/identities/<int:identity_id>/remove")
def disconnect(identity_id: int) -> ResponseReturnValue:
    """Disconnect an identity; refused if it is the last way to sign in."""
    user_id = g.current_user.user_id
    with write_transaction() as tx:
        row = User.get(tx, user_id)
        if row.password == NO_PASSWORD and len(ExternalIdentity.fetch_of_user(tx, user_id)) < 2:
            raise ActionRefused("This is your only way to sign in, so it stays connected.")
        ExternalIdentity.remove(tx, user_id, identity_id)
    flash("Disconnected.")
    return redirect(url_for("account.index"), 303)


def read_identity(settings: OidcSettings, claims: dict[str, Any]) -> Identity:
    """Return the identity of verified claims; only a verified e-mail address names it."""
    subject, email = str(claims["sub"]), verified_email(claims)
    if not subject or len(subject) > MAX_SUBJECT_CHARS:
        raise ActionRefused("The provider's name for this account is too long.", 403)
    names = (claims.get("preferred_username"), email, claims.get("name"), subject)
    name = next(one for one in names if isinstance(one, str) and one.strip())
    groups = claims.get(settings.groups_claim)
    known = groups if isinstance(groups, list) else [groups] if isinstance(groups, str) else []
    return Identity(
        settings.issuer,
        subject,
        name,
        email or name,
        frozenset(str(one) for one in known),
        may_join=bool(settings.allowed_domains or settings.required_claim),
    )


def verified_email(claims: dict[str, Any]) -> str:
    """Return the e-mail address that the provider has verified, or an empty text."""
    email = claims.get("email")
    if isinstance(email, str) and claims.get("email_verified") in (True, "true"):
        return email
    return ""


def _require_admitted(settings: OidcSettings, claims: dict[str, Any], identity: Identity) -> None:
    """Raise ActionRefused for an account outside of the allowed domains or without the claim."""
    is_admitted = True
    if settings.allowed_domains:
        domain = verified_email(claims).rpartition("@")[2].lower()
        is_admitted = domain in settings.allowed_domains
    if settings.required_claim is not None:
        name, wanted = settings.required_claim
        found = claims.get(name)
        values = found if isinstance(found, list) else [found]
        is_admitted = is_admitted and wanted in map(str, values)
    if not is_admitted:
        raise ActionRefused(external_accounts.NOT_ADMITTED.format(identity.label), 403)


def _check_answer(settings: OidcSettings, pending: dict[str, Any] | None) -> None:
    """Abort unless the answer belongs to a sign-in that this browser began a short while ago."""
    state, issuer = request.args.get("state", ""), request.args.get("iss")
    if (
        pending is None
        or clock.now().timestamp() - pending["at"] > PENDING_FOR_S
        or not hmac.compare_digest(pending["state"].encode(), state.encode("utf-8", "replace"))
        or issuer not in (None, settings.issuer)
    ):
        abort(400, STALE)
    if "code" not in request.args:
        problem = request.args.get("error_description") or request.args.get("error") or "no code"
        abort(403, f"The provider did not sign you in: {problem[:200]}")


def _connect(identity: Identity, user_id: int) -> ResponseReturnValue:
    """Connect an identity to the account that requested it in this browser."""
    session.pop(CONNECT, None)
    if g.current_user is None or g.current_user.user_id != user_id:
        abort(400, STALE)
    g.audit_action = "connect an identity"
    with write_transaction() as tx:
        ExternalIdentity.add(tx, user_id, identity.issuer, identity.subject, identity.label)
    flash(f"{identity.label} is connected: you can sign in with it.")
    return redirect(url_for("account.index"), 303)


def _connecting_user() -> int | None:
    """Return the id of the current user if the password was entered to connect an identity."""
    allowed = session.get(CONNECT)
    if g.current_user is None or allowed is None:
        return None
    is_fresh = clock.now().timestamp() - allowed["at"] < CONNECT_FOR_S
    return allowed["user"] if is_fresh and allowed["user"] == g.current_user.user_id else None


def _failed(error: Igny8Error) -> ResponseReturnValue:
    """Return the sign-in page with the reason, and log it."""
    current_app.logger.warning("OpenID sign-in failed: %s", error)
    form = Form({})
    form.message = str(error)
    return render_template("auth/login/failed.html", form=form), 502


def _settings() -> OidcSettings:
    settings: OidcSettings | None = current_app.config["SETTINGS"].sign_in.oidc
    return settings or abort(404)


def _callback_url() -> str:
    return public_url_for("openid.callback")


def _client() -> ModuleType:
    """Return the module of the client, imported on demand, because it loads Authlib."""
    return importlib.import_module("igny8.web.auth.openid_client")
