"""First administrator (by the setup link), sign in and out, invitations and password resets."""

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
    passwords,
    tokens,
)
from igny8.models.user import NO_PASSWORD
from igny8.web.auth import proxy_sign_in, second_factor, sign_in_limits, sign_out_elsewhere
from igny8.web.auth.current_user import start_session
from igny8.web.auth.next_path import safe_next_path
from igny8.web.auth.sign_in_limits import SignInLimits, remember_device
from igny8.web.ui.forms import Form

bp = Blueprint("login", __name__)
WRONG_CREDENTIALS = "Incorrect user name or password. An administrator can send you a reset link."


@bp.get("/login")
def login() -> ResponseReturnValue:
    """Show the sign-in form; a user whom a declared proxy names is signed in at once."""
    if g.current_user is not None or proxy_sign_in.sign_in():
        return redirect(safe_next_path(request.args.get("next")), 303)
    return _login_page(Form({}))


@bp.post("/login")
def sign_in() -> ResponseReturnValue:
    """Sign in; a wrong name and a wrong password give the same response after the same time."""
    _require_local_sign_in()
    form = Form(request.form)
    name, password = form.value("name")[:200], form.value("password")
    g.audit_user = f"nobody (as {name[:40]})"
    limits = SignInLimits.of(name)
    wait = limits.attempt()
    if wait:
        form.errors["name"] = sign_in_limits.wait_message(wait)
        return _login_page(form), 429, {"Retry-After": str(round(wait + 0.5))}
    row = _check_password(name, password)
    if row is None:
        form.errors["name"] = WRONG_CREDENTIALS
        return _login_page(form), 401
    limits.record_success()
    next_path = safe_next_path(request.form.get("next"))
    g.audit_user = row.name
    if row.second_factor_at is not None:
        g.audit_detail = "password accepted, second factor requested"
        return second_factor.ask_for_code(row, next_path)
    if not _login_user(row):
        form.errors["name"] = WRONG_CREDENTIALS
        return _login_page(form), 401
    return redirect(next_path, 303)


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
    """Say that the session has ended, with links to sign out of the other services as well."""
    return render_template("auth/login/signed_out.html", services=sign_out_elsewhere.services())


@bp.get("/setup")
def setup() -> ResponseReturnValue:
    """Show the form for the first account; needs the setup token, 404 once there is an account."""
    _require_setup_token(request.args.get("token", ""))
    return render_template(
        "auth/login/setup.html", form=Form({"name": "admin"}), token=request.args["token"]
    )


@bp.post("/setup")
def create_first_admin() -> ResponseReturnValue:
    """Create the first administrator and sign in."""
    _require_setup_token(request.form.get("token", ""))
    form = Form(request.form)
    name, hashed = _read_new_account(form)
    if form.errors:
        return render_template("auth/login/setup.html", form=form, token=request.form["token"]), 422
    with write_transaction() as tx:
        user_id = User.create(tx, name, hashed, is_admin=True, is_first=True)
    _login_new_user(user_id)
    return redirect(url_for("sites.index"), 303)


@bp.get("/invitations/<token>")
def show_invitation(token: str) -> ResponseReturnValue:
    """Show an invitation to a new account or a site, or the form for a new password."""
    return _invitation_page(_load_invitation(token), token, Form({}))


@bp.post("/invitations/<token>")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Accept an invitation or set a new password; each link works once."""
    row, form = _load_invitation(token), Form(request.form)
    g.audit_site = Site.find(row.site_id).slug if row.site_id is not None else ""
    g.audit_detail = (
        f"as {row.role}, invited by {row.made_by}"
        if row.role
        else f"link made by {row.made_by or 'the command line'}"
    )
    if row.user_id is not None:
        _require_local_sign_in()
        return _reset_password(row, token, form)
    if g.current_user is not None and row.site_id is not None:
        with write_transaction() as tx:
            Site.lock(tx, row.site_id)
            Membership.raise_role(tx, g.current_user.user_id, row.site_id, row.role)
            _redeem(tx, row)
        return redirect(url_for("sites.index"), 303)
    _require_local_sign_in()
    name, hashed = _read_new_account(form)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        user_id = User.create(tx, name, hashed, is_admin=row.site_id is None)
        if row.site_id is not None:
            Membership.set_role(tx, user_id, row.site_id, row.role)
    _login_new_user(user_id)
    return redirect(url_for("sites.index"), 303)


def _require_local_sign_in() -> None:
    """Raise ActionRefused where users sign in elsewhere only."""
    if not current_app.config["SETTINGS"].sign_in.local:
        raise ActionRefused("Signing in with a password is turned off on this installation.", 403)


def _require_setup_token(token: str) -> None:
    """Answer 404 if there is an account already, 403 without the right token."""
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
    with read_transaction() as tx:
        user = User.fetch(tx, row.user_id)
    g.audit_user = user.name
    hashed = _read_password(form, user.name)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        User.set_password(tx, user.id, hashed)
        Invitation.end_with_password(tx, user.id)
        LoginSession.end_all(tx, user.id)
        ApiToken.remove_all(tx, user.id)
        identities = [row.label for row in ExternalIdentity.fetch_of_user(tx, user.id)]
    session.clear()
    flash("Password changed. Sign in with it.")
    if identities:
        flash(
            f"{', '.join(identities)} can sign in to this account as well. If you do not know "
            "them, disconnect them under Account."
        )
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


def _read_new_account(form: Form) -> tuple[str, str]:
    """Return the name and the password hash for a new account; errors are in the form."""
    name = form.text("name", "a user name", 80)
    fault = User.name_problem(name)
    if fault and "name" not in form.errors:
        form.errors["name"] = fault
    hashed = _read_password(form, name)
    if "name" not in form.errors and User.find(db.session, name) is not None:
        form.errors["name"] = "This name is taken. Choose another one, or sign in."
    return name, hashed


def _read_password(form: Form, name: str) -> str:
    """Return the hash of the password of a form, empty if the form has an error now."""
    weakness = passwords.password_problem(form.value("password"), name)
    if weakness:
        form.errors["password"] = weakness
        return ""
    return passwords.hash_password(form.value("password"))


def _check_password(name: str, password: str) -> Row | None:
    """Return the user if the password is right; this takes equally long for unknown names."""
    with read_transaction() as tx:
        row = User.find(tx, name)
    may_sign_in = row is not None and not row.disabled and row.password != NO_PASSWORD
    is_right = passwords.verify_password(password, row.password if may_sign_in else None)
    return row if is_right else None


def _login_user(row: Row) -> bool:
    """Start a session of a user (a row) here; return False if the password changed meanwhile."""
    with write_transaction() as tx:
        if not User.lock_unchanged(tx, row):
            return False
        token = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(token)
    remember_device(row.name)
    return True


def _login_new_user(user_id: int) -> None:
    with read_transaction() as tx:
        row = User.fetch(tx, user_id)
    g.audit_user = row.name
    _login_user(row)


def _login_page(form: Form) -> str:
    return render_template(
        "auth/login/login.html",
        form=form,
        is_new=not User.exists(db.session),
        next=safe_next_path(request.values.get("next")),
        sign_in=current_app.config["SETTINGS"].sign_in,
    )
