"""First administrator (setup link), sign-in and sign-out, invitations and password resets."""

import hmac

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
from sqlalchemy import Connection, Row

from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    ApiToken,
    ExternalIdentity,
    Invitation,
    LoginSession,
    Membership,
    Site,
    User,
    tokens,
)
from igny8.web.auth import proxy_sign_in, sign_in_limits, sign_out_elsewhere
from igny8.web.auth.new_password import read_new_account, read_password
from igny8.web.auth.next_path import safe_next_path
from igny8.web.auth.password_sign_in import (
    check_password,
    login_new_user,
    login_user,
    require_local_sign_in,
)
from igny8.web.auth.second_factor_pending import ask_for_code
from igny8.web.auth.sign_in_limits import SignInLimits
from igny8.web.ui.forms import Form

bp = Blueprint("login", __name__)
OTHER_IDENTITIES = (
    "{} can sign in to this account as well. If you do not know them, disconnect them under "
    "Account."
)
WRONG_CREDENTIALS = "Incorrect user name or password. An administrator can send you a reset link."


@bp.get("/login")
def login() -> ResponseReturnValue:
    """Show the sign-in form; a user named by a trusted proxy is signed in at once."""
    if g.current_user is not None or proxy_sign_in.sign_in():
        return redirect(safe_next_path(request.args.get("next")), 303)
    return _login_page(Form({}))


@bp.post("/login")
def sign_in() -> ResponseReturnValue:
    """Sign in; a wrong name and a wrong password give the same response in the same time."""
    require_local_sign_in()
    form = Form(request.form)
    name, password = form.value("name")[:200], form.value("password")
    g.audit_user = f"nobody (as {name[:40]})"
    limits = SignInLimits.of(name)
    wait = limits.attempt()
    if wait:
        form.errors["name"] = sign_in_limits.wait_message(wait)
        return _login_page(form), 429, {"Retry-After": str(round(wait + 0.5))}
    row = check_password(name, password)
    if row is None:
        return _wrong_credentials(form)
    limits.record_success()
    next_path = safe_next_path(request.form.get("next"))
    g.audit_user = row.name
    if row.second_factor_at is not None:
        g.audit_detail = "password accepted, second factor requested"
        return ask_for_code(row, next_path)
    return redirect(next_path, 303) if login_user(row) else _wrong_credentials(form)


def _wrong_credentials(form: Form) -> ResponseReturnValue:
    form.errors["name"] = WRONG_CREDENTIALS
    return _login_page(form), 401


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End the session of this browser, in the cookie and in the database."""
    with write_transaction() as tx:
        LoginSession.end(tx, g.current_user.user_id, g.current_user.session_id)
    is_local = "via" not in session
    session.clear()
    return redirect(url_for(".login" if is_local else ".signed_out"), 303)


@bp.get("/login/signed-out")
def signed_out() -> ResponseReturnValue:
    """Show that the session has ended, with links to sign out of the other services."""
    return render_template("auth/login/signed_out.html", services=sign_out_elsewhere.services())


@bp.get("/setup")
def setup() -> ResponseReturnValue:
    """Show the form for the first account; needs the setup token, 404 once an account exists."""
    _require_setup_token(request.args.get("token", ""))
    return render_template(
        "auth/login/setup.html", form=Form({"name": "admin"}), token=request.args["token"]
    )


@bp.post("/setup")
def create_first_admin() -> ResponseReturnValue:
    """Create the first administrator and sign in."""
    _require_setup_token(request.form.get("token", ""))
    form = Form(request.form)
    name, hashed = read_new_account(form)
    if form.errors:
        return render_template("auth/login/setup.html", form=form, token=request.form["token"]), 422
    with write_transaction() as tx:
        user_id = User.create(tx, name, hashed, is_admin=True, is_first=True)
    login_new_user(user_id)
    return redirect(url_for("sites.index"), 303)


@bp.get("/invitations/<token>")
def show_invitation(token: str) -> ResponseReturnValue:
    """Show an invitation to a new account or a site, or the form for a new password."""
    return _invitation_page(_load_invitation(token), token, Form({}))


@bp.post("/invitations/<token>")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Accept an invitation or set a new password; each link works once."""
    row, form = _load_invitation(token), Form(request.form)
    _describe_for_audit(row)
    if row.user_id is not None:
        require_local_sign_in()
        return _reset_password(row, token, form)
    if g.current_user is not None and row.site_id is not None:
        return _join_site(row)
    require_local_sign_in()
    return _create_account(row, token, form)


def _describe_for_audit(row: Row) -> None:
    """Record the site and the maker of an invitation for the audit log."""
    site = None if row.site_id is None else Site.find(row.site_id)
    g.audit_site = "" if site is None else site.slug
    g.audit_detail = (
        f"as {row.role}, invited by {row.made_by}"
        if row.role
        else f"link made by {row.made_by or 'the command line'}"
    )


def _join_site(row: Row) -> ResponseReturnValue:
    """Give the current user the role of an invitation (a row) unless theirs is higher."""
    with write_transaction() as tx:
        Site.lock(tx, row.site_id)
        Membership.raise_role(tx, g.current_user.user_id, row.site_id, row.role)
        _redeem(tx, row)
    return redirect(url_for("sites.index"), 303)


def _create_account(row: Row, token: str, form: Form) -> ResponseReturnValue:
    """Create the account of an invitation (a row) and sign in."""
    name, hashed = read_new_account(form)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        user_id = User.create(tx, name, hashed, is_admin=row.site_id is None)
        if row.site_id is not None:
            Membership.set_role(tx, user_id, row.site_id, row.role)
    login_new_user(user_id)
    return redirect(url_for("sites.index"), 303)


def _require_setup_token(token: str) -> None:
    """Respond with 404 if an account exists, 403 without the right token."""
    if User.exists(db.session):
        abort(404)
    right = tokens.setup_token(current_app.config["SETTINGS"].secret_key)
    if not hmac.compare_digest(token.encode("utf-8", "replace"), right.encode()):
        abort(
            403,
            "This link is incomplete. Copy all of it from the server console, or print it again "
            "there with “igny8 setup-link”.",
        )


def _reset_password(row: Row, token: str, form: Form) -> ResponseReturnValue:
    """Set the new password of an invitation's user; end all sessions, links and tokens."""
    with read_transaction() as tx:
        user = User.get(tx, row.user_id)
    g.audit_user = user.name
    hashed = read_password(form, user.name)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        User.set_password(tx, user.id, hashed)
        Invitation.delete_unused_links(tx, user.id)
        LoginSession.end_all(tx, user.id)
        ApiToken.remove_all(tx, user.id)
        identities = [row.label for row in ExternalIdentity.fetch_of_user(tx, user.id)]
    session.clear()
    flash("Password changed. Sign in with it.")
    if identities:
        flash(OTHER_IDENTITIES.format(", ".join(identities)))
    return redirect(url_for(".login"), 303)


def _redeem(tx: Connection, row: Row) -> None:
    if not Invitation.redeem(tx, row.id):
        raise ActionRefused("This link has just been used. Sign in, or ask for a new link.")


def _load_invitation(token: str) -> Row:
    row = Invitation.find(db.session, token)
    if row is None:
        abort(
            404,
            "This link is no longer valid: it works once, and for a week. Ask for a new one.",
        )
    return row


def _invitation_page(row: Row, token: str, form: Form) -> str:
    site = Site.find(row.site_id) if row.site_id is not None else None
    return render_template(
        "auth/login/invited.html",
        row=row,
        token=token,
        form=form,
        site=site,
        is_local=current_app.config["SETTINGS"].sign_in.local,
        user=User.fetch(db.session, row.user_id) if row.user_id is not None else None,
    )


def _login_page(form: Form) -> str:
    return render_template(
        "auth/login/login.html",
        form=form,
        is_new=not User.exists(db.session),
        next=safe_next_path(request.values.get("next")),
        sign_in=current_app.config["SETTINGS"].sign_in,
    )
