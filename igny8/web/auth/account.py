"""One's own account: the password, where one is signed in, and the tokens of one's programs."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.formatting import pluralize
from igny8.models import ApiToken, LoginSession, Membership, Site, User, passwords
from igny8.models.api_token import SCOPE_DESCRIPTIONS, SCOPES
from igny8.models.login_session import IDLE_TIMEOUT
from igny8.models.membership import ROLE_DESCRIPTIONS
from igny8.web.auth.current_user import is_visible_site, start_session
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.ui.forms import Form

bp = Blueprint("account", __name__, url_prefix="/account")
TOKEN_LIFETIMES = {
    "30": "30 days",
    "90": "90 days",
    "365": "a year",
    "never": "until it is removed",
}
login, token, site, membership = (
    LoginSession.__table__,
    ApiToken.__table__,
    Site.__table__,
    Membership.__table__,
)


@bp.get("")
def index():
    """Show the account."""
    return _page()


@bp.post("/password")
def change_password():
    """Keep a new password, and sign the account out everywhere but here."""
    enforce_rate_limit("password", max_requests=10, seconds=60)
    form = Form(request.form)
    row = User.fetch(db.session, g.current_user.user_id)
    if not passwords.verify_password(form.value("old"), row.password):
        form.errors["old"] = "This is not the password of this account."
    weakness = passwords.password_problem(form.value("password"), row.name)
    if weakness:
        form.errors["password"] = weakness
    if form.errors:
        return _page(password=form), 422
    hashed = passwords.hash_password(form.value("password"))
    with write_transaction() as tx:
        User.set_password(tx, row.id, hashed)
        LoginSession.end_all(tx, row.id)
        ended = ApiToken.remove_all(tx, row.id) if form.value("end_tokens") == "1" else 0
        fresh = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(fresh)
    tokens = f", and {pluralize(ended, 'API tokens were', 'API token was')} ended" if ended else ""
    flash(f"Password changed. All other browsers were signed out{tokens}.")
    return redirect(url_for(".index"), 303)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int):
    """Sign one browser of the account out."""
    with write_transaction() as tx:
        ended = LoginSession.end(tx, g.current_user.user_id, session_id)
    flash("That browser was signed out." if ended else "That browser is signed out already.")
    return redirect(url_for(".index"), 303)


@bp.post("/tokens")
def add_token():
    """Make a token and show it, this once."""
    form = Form(request.form)
    name = form.text("name", "a name to know it by", 80)
    scope, lasts = form.choice("scope", SCOPES), form.choice("lasts", TOKEN_LIFETIMES)
    chosen = form.choice("site", {"", *map(str, (row.id for row in _visible_sites()))})
    if form.errors:
        return _page(token_form=form), 422
    ends = None if lasts == "never" else clock.now() + timedelta(days=int(lasts))
    with write_transaction() as tx:
        made = ApiToken.create(
            tx, g.current_user.user_id, name, scope, ends, int(chosen) if chosen else None
        )
    return _page(made=made)


@bp.post("/tokens/<int:token_id>/remove")
def remove_token(token_id: int):
    """Forget a token: programs that use it are refused from now on."""
    with write_transaction() as tx:
        ApiToken.remove(tx, g.current_user.user_id, token_id)
    flash("The token was removed.")
    return redirect(url_for(".index"), 303)


def _visible_sites() -> list:
    """Return (id, slug, name, role) of the sites that the viewer may know of."""
    mine = membership.c.user_id == g.current_user.user_id
    return db.session.execute(
        select(site.c.id, site.c.slug, site.c.name, membership.c.role)
        .outerjoin(membership, (membership.c.site_id == site.c.id) & mine)
        .where(is_visible_site(site.c.id))
        .order_by(site.c.name)
    ).all()


def _page(password: Form | None = None, token_form: Form | None = None, made: str | None = None):
    db.session.rollback()  # what was read before a change is over
    now, mine = clock.now(), g.current_user.user_id
    sessions = db.session.execute(
        select(login)
        .where(login.c.user_id == mine, login.c.ends_at > now, login.c.seen_at > now - IDLE_TIMEOUT)
        .order_by(login.c.seen_at.desc())
    ).all()
    tokens = db.session.execute(
        select(token, site.c.name.label("site_name"))
        .outerjoin(site, site.c.id == token.c.site_id)
        .where(token.c.user_id == mine)
        .order_by(token.c.id)
    ).all()
    return render_template(
        "auth/account/index.html",
        sites=_visible_sites(),
        sessions=sessions,
        tokens=tokens,
        now=now,
        password=password or Form({}),
        token_form=token_form or Form({}),
        made=made,
        scopes=SCOPE_DESCRIPTIONS,
        lasts=TOKEN_LIFETIMES,
        roles=ROLE_DESCRIPTIONS,
    )
