"""One's own account: the password, where one is signed in, and the tokens of one's programs."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import db, writing
from igny8.models import ApiToken, LoginSession, Membership, Site, User, passwords
from igny8.models.api_token import SAID, SCOPES
from igny8.models.login_session import IDLE
from igny8.models.membership import SAID as ROLES_SAID
from igny8.web.auth.current_user import my_sites, sign_in
from igny8.web.auth.permissions import throttle
from igny8.web.ui.forms import Form

bp = Blueprint("account", __name__, url_prefix="/account")
LASTS = {"30": "30 days", "90": "90 days", "365": "a year", "never": "until it is removed"}
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
def password():
    """Keep a new password, and sign the account out everywhere but here."""
    throttle("password", most=10, seconds=60)
    form = Form(request.form)
    row = User.of(db.session, g.viewer.user_id)
    if not passwords.fits(form.value("old"), row.password):
        form.errors["old"] = "This is not the password of this account."
    weakness = passwords.weakness(form.value("password"), row.name)
    if weakness:
        form.errors["password"] = weakness
    if form.errors:
        return _page(password=form), 422
    hashed = passwords.kept(form.value("password"))
    with writing() as tx:
        User.set_password(tx, row.id, hashed)
        LoginSession.end_all(tx, row.id)
        fresh = LoginSession.begin(tx, row.id, request.remote_addr or "", request.user_agent.string)
    sign_in(fresh)
    flash("The new password is kept. All other browsers were signed out.")
    return redirect(url_for(".index"), 303)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int):
    """Sign one browser of the account out."""
    with writing() as tx:
        ended = LoginSession.end(tx, g.viewer.user_id, session_id)
    flash("That browser was signed out." if ended else "That browser is signed out already.")
    return redirect(url_for(".index"), 303)


@bp.post("/tokens")
def add_token():
    """Make a token and show it, this once."""
    form = Form(request.form)
    name = form.text("name", "a name to know it by", 80)
    scope, lasts = form.choice("scope", SCOPES), form.choice("lasts", LASTS)
    chosen = form.choice("site", {"", *map(str, (row.id for row in _sites()))})
    if form.errors:
        return _page(token_form=form), 422
    ends = None if lasts == "never" else clock.now() + timedelta(days=int(lasts))
    with writing() as tx:
        made = ApiToken.create(
            tx, g.viewer.user_id, name, scope, ends, int(chosen) if chosen else None
        )
    return _page(made=made)


@bp.post("/tokens/<int:token_id>/remove")
def remove_token(token_id: int):
    """Forget a token: programs that use it are refused from now on."""
    with writing() as tx:
        ApiToken.remove(tx, g.viewer.user_id, token_id)
    flash("The token was removed.")
    return redirect(url_for(".index"), 303)


def _sites() -> list:
    """Return (id, slug, name, role) of the sites that the viewer may know of."""
    mine = membership.c.user_id == g.viewer.user_id
    return db.session.execute(
        select(site.c.id, site.c.slug, site.c.name, membership.c.role)
        .outerjoin(membership, (membership.c.site_id == site.c.id) & mine)
        .where(my_sites(site.c.id))
        .order_by(site.c.name)
    ).all()


def _page(password: Form | None = None, token_form: Form | None = None, made: str | None = None):
    db.session.rollback()  # what was read before a change is over
    now, mine = clock.now(), g.viewer.user_id
    sessions = db.session.execute(
        select(login)
        .where(login.c.user_id == mine, login.c.ends_at > now, login.c.seen_at > now - IDLE)
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
        sites=_sites(),
        sessions=sessions,
        tokens=tokens,
        now=now,
        password=password or Form({}),
        token_form=token_form or Form({}),
        made=made,
        scopes=SAID,
        lasts=LASTS,
        roles=ROLES_SAID,
    )
