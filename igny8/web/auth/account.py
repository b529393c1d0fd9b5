"""The account page of the current user: password, active sessions and API tokens."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.formatting import pluralize
from igny8.models import ApiToken, ExternalIdentity, Invitation, LoginSession, Site, User, passwords
from igny8.models.api_token import SCOPE_DESCRIPTIONS, SCOPES
from igny8.models.membership import ROLE_DESCRIPTIONS
from igny8.models.queries import accounts
from igny8.models.user import NO_PASSWORD
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.auth.current_user import is_visible_site, start_session
from igny8.web.ui.forms import Form

bp = Blueprint("account", __name__, url_prefix="/account")
TOKEN_LIFETIMES = {
    "30": "30 days",
    "90": "90 days",
    "365": "1 year",
    "never": "No expiry",
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the account."""
    return _page()


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the password and end the account's other sessions."""
    enforce_rate_limit("password")
    form = Form(request.form)
    row = User.get(db.session, g.current_user.user_id)
    if not passwords.verify_password(form.value("old"), row.password):
        form.errors["old"] = "Incorrect current password."
    weakness = passwords.password_problem(form.value("password"), row.name)
    if weakness:
        form.errors["password"] = weakness
    if form.errors:
        return _page(password=form), 422
    hashed = passwords.hash_password(form.value("password"))
    with write_transaction() as tx:
        User.set_password(tx, row.id, hashed)
        LoginSession.end_all(tx, row.id)
        Invitation.delete_unused_links(tx, row.id)
        ended = ApiToken.remove_all(tx, row.id) if form.value("end_tokens") == "1" else 0
        fresh = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(fresh)
    tokens = (
        f", and {pluralize(ended, 'API tokens were', 'API token was')} removed" if ended else ""
    )
    flash(f"Password changed. All other browsers were signed out{tokens}.")
    return redirect(url_for(".index"), 303)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one session of the account."""
    with write_transaction() as tx:
        ended = LoginSession.end(tx, g.current_user.user_id, session_id)
    flash("That browser was signed out." if ended else "That browser was already signed out.")
    return redirect(url_for(".index"), 303)


@bp.post("/tokens")
def add_token() -> ResponseReturnValue:
    """Create an API token and show it once."""
    form = Form(request.form)
    name = form.text("name", "a name", 80)
    scope, lasts = form.choice("scope", SCOPES), form.choice("lasts", TOKEN_LIFETIMES)
    chosen = form.choice("site", {"", *map(str, (row.id for row in _visible_sites()))})
    if form.errors:
        return _page(token_form=form), 422
    ends = None if lasts == "never" else clock.now() + timedelta(days=int(lasts))
    with write_transaction() as tx:
        made = ApiToken.create(
            tx,
            g.current_user.user_id,
            name,
            scope,
            ends,
            int(chosen) if chosen else None,
            may_decide="may_decide" in request.form,
        )
    return _page(made=made)


@bp.post("/tokens/<int:token_id>/remove")
def remove_token(token_id: int) -> ResponseReturnValue:
    """Remove an API token."""
    with write_transaction() as tx:
        ApiToken.remove(tx, g.current_user.user_id, token_id)
    flash("The token was removed.")
    return redirect(url_for(".index"), 303)


def _visible_sites() -> Sequence[Row]:
    is_visible = is_visible_site(Site.id)
    return accounts.sites_with_role(db.session, g.current_user.user_id, is_visible)


def _page(
    password: Form | None = None, token_form: Form | None = None, made: str | None = None
) -> str:
    db.session.rollback()  # start a new read after a change
    now, user_id = clock.now(), g.current_user.user_id
    return render_template(
        "auth/account/index.html",
        sites=_visible_sites(),
        sessions=accounts.sessions_of(db.session, user_id, now),
        tokens=accounts.tokens_of(db.session, user_id),
        identities=ExternalIdentity.fetch_of_user(db.session, user_id),
        oidc=current_app.config["SETTINGS"].sign_in.oidc,
        has_password=User.get(db.session, user_id).password != NO_PASSWORD,
        now=now,
        password=password or Form({}),
        token_form=token_form or Form({}),
        made=made,
        scopes=SCOPE_DESCRIPTIONS,
        lasts=TOKEN_LIFETIMES,
        roles=ROLE_DESCRIPTIONS,
    )
