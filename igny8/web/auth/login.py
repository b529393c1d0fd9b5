"""The way in: the first account by the link of the console, sign in and out, links that invite."""

import hashlib
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

from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    ApiToken,
    Invitation,
    LoginSession,
    Membership,
    RateLimit,
    Site,
    User,
    passwords,
    tokens,
)
from igny8.web.auth.current_user import start_session
from igny8.web.ui.filters import plural
from igny8.web.ui.forms import Form

bp = Blueprint("login", __name__)
FREE_ATTEMPTS_PER_NAME, FREE_ATTEMPTS_PER_ADDRESS = 5, 20  # wrong tries before the waits begin
WRONG_CREDENTIALS = (
    "This name and password do not fit together. Look at both; for a new password an administrator can make you "
    "a link."
)


@bp.get("/login")
def login():
    """Show the door."""
    if g.current_user is not None:
        return redirect(_safe_next_path(request.args.get("next")), 303)
    return _login_page(Form({}))


@bp.post("/login")
def sign_in():
    """Sign in: the same answer, after the same time, whether the name or the password is wrong."""
    form = Form(request.form)
    name, password = form.value("name")[:200], form.value("password")
    g.audit_user = f"nobody (as {name[:40]})"
    keys = _rate_limit_keys(name)
    with write_transaction() as tx:
        wait = max(RateLimit.attempt(tx, key, free) for key, free in keys.items())
    if wait:
        form.errors["name"] = f"Too many tries. Wait {_format_wait(wait)}, then try again."
        return _login_page(form), 429, {"Retry-After": str(round(wait + 0.5))}
    with read_transaction() as tx:
        row = User.find(tx, name)
    if not passwords.verify_password(
        password, row.password if row is not None and not row.disabled else None
    ):
        form.errors["name"] = WRONG_CREDENTIALS
        return _login_page(form), 401
    with write_transaction() as tx:
        by_name, by_address = keys
        RateLimit.reset(tx, by_name)
        RateLimit.undo_attempt(tx, by_address, keys[by_address])
    g.audit_user = row.name
    _login_user(row.id)
    return redirect(_safe_next_path(request.form.get("next")), 303)


@bp.post("/logout")
def sign_out():
    """End the session of this browser, here and on the server."""
    with write_transaction() as tx:
        LoginSession.end(tx, g.current_user.user_id, g.current_user.session_id)
    session.clear()
    return redirect(url_for(".login"), 303)


@bp.get("/setup")
def setup():
    """Show the form for the first account to who has the token of the console; gone when there is an account."""
    _require_setup_token(request.args.get("token", ""))
    return render_template(
        "auth/login/setup.html", form=Form({"name": "admin"}), token=request.args["token"]
    )


@bp.post("/setup")
def create_first_admin():
    """Make the first account, an administrator, and let it in."""
    _require_setup_token(request.form.get("token", ""))
    form = Form(request.form)
    name, hashed = _read_new_account(form)
    if form.errors:
        return render_template("auth/login/setup.html", form=form, token=request.form["token"]), 422
    with write_transaction() as tx:
        user_id = User.create(tx, name, hashed, is_admin=True, is_first=True)
    g.audit_user = name
    _login_user(user_id)
    return redirect(url_for("sites.index"), 303)


@bp.get("/invitations/<token>")
def show_invitation(token: str):
    """Show what a link offers: a new account, one more site, or a new password."""
    return _invitation_page(_load_invitation(token), token, Form({}))


@bp.post("/invitations/<token>")
def accept_invitation(token: str):
    """Take what a link offers; it works once."""
    row, form = _load_invitation(token), Form(request.form)
    g.audit_site = Site.find(row.site_id).slug if row.site_id is not None else ""
    g.audit_detail = (
        f"as {row.role}, invited by {row.made_by}" if row.role else f"link made by {row.made_by}"
    )
    if row.user_id is not None:
        return _reset_password(row, token, form)
    if g.current_user is not None and row.site_id is not None:
        with write_transaction() as tx:
            Site.lock(tx, row.site_id)
            Membership.raise_role(tx, g.current_user.user_id, row.site_id, row.role)
            _redeem(tx, row)
        return redirect(url_for("sites.index"), 303)
    name, hashed = _read_new_account(form)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        user_id = User.create(tx, name, hashed, is_admin=row.site_id is None)
        if row.site_id is not None:
            Membership.set_role(tx, user_id, row.site_id, row.role)
    g.audit_user = name
    _login_user(user_id)
    return redirect(url_for("sites.index"), 303)


def _require_setup_token(token: str) -> None:
    """Answer 404 when there is an account already, 403 without the right token."""
    if User.exists(db.session):
        abort(404)
    right = tokens.setup_token(current_app.config["SETTINGS"].secret_key)
    if not hmac.compare_digest(token.encode("utf-8", "replace"), right.encode()):
        abort(
            403,
            "This link is not complete. Copy it whole from the console of the server, or print it again "
            "there with “igny8 setup-link”.",
        )


def _reset_password(row, token: str, form: Form):
    with read_transaction() as tx:
        user = User.fetch(tx, row.user_id)
    g.audit_user = user.name
    hashed = _read_password(form, user.name)
    if form.errors:
        return _invitation_page(row, token, form), 422
    with write_transaction() as tx:
        _redeem(tx, row)
        User.set_password(tx, user.id, hashed)
        LoginSession.end_all(tx, user.id)
        ApiToken.remove_all(tx, user.id)
    session.clear()
    flash("The new password is kept. Sign in with it.")
    return redirect(url_for(".login"), 303)


def _redeem(tx, row) -> None:
    if not Invitation.redeem(tx, row.id):
        raise ActionRefused("This link was used a moment ago. Sign in, or ask for a new one.")


def _load_invitation(token: str):
    row = Invitation.find(db.session, token)
    if row is None:
        abort(
            404,
            "This link is not valid any more: it works once, and for a week. Ask for a new one.",
        )
    return row


def _invitation_page(row, token: str, form: Form):
    site = Site.find(row.site_id) if row.site_id is not None else None
    return render_template(
        "auth/login/invited.html",
        row=row,
        token=token,
        form=form,
        site=site,
        user=User.fetch(db.session, row.user_id) if row.user_id is not None else None,
    )


def _read_new_account(form: Form) -> tuple[str, str]:
    """Return the name and the kept password of a form for a new account; errors are in the form."""
    name = form.text("name", "a name to sign in with", 80)
    fault = User.name_problem(name)
    if fault and "name" not in form.errors:
        form.errors["name"] = fault
    hashed = _read_password(form, name)
    if "name" not in form.errors and User.find(db.session, name) is not None:
        form.errors["name"] = "This name is taken. Choose another one, or sign in with it."
    return name, hashed


def _read_password(form: Form, name: str) -> str:
    """Return the kept form of the password of a form, or the error in it."""
    weakness = passwords.password_problem(form.value("password"), name)
    if weakness:
        form.errors["password"] = weakness
        return ""
    return passwords.hash_password(form.value("password"))


def _login_user(user_id: int) -> None:
    """Begin a session of an account in this browser, whatever was there before."""
    with write_transaction() as tx:
        token = LoginSession.create(
            tx, user_id, request.remote_addr or "", request.user_agent.string
        )
    start_session(token)


def _login_page(form: Form):
    return render_template(
        "auth/login/login.html",
        form=form,
        is_new=not User.exists(db.session),
        next=_safe_next_path(request.values.get("next")),
    )


def _rate_limit_keys(name: str) -> dict[str, int]:
    """Return what counts a try: the account, known or not, and the address (of IPv6 its network)."""
    address = request.remote_addr or ""
    network = ":".join(address.split(":")[:4]) if ":" in address else address
    key = hashlib.sha256(User.normalise_name(name).encode("utf-8", "replace")).hexdigest()[:32]
    return {
        f"login name {key}": FREE_ATTEMPTS_PER_NAME,
        f"login address {network}": FREE_ATTEMPTS_PER_ADDRESS,
    }


def _safe_next_path(path: str | None) -> str:
    """Return a path of this installation to go on to; anything else leads to the first page."""
    if (
        path
        and path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and not path.startswith(("/login", "/logout", "/setup", "/invitations"))
    ):
        return path
    return url_for("sites.index")


def _format_wait(seconds: float) -> str:
    return (
        plural(round(seconds + 0.5), "second")
        if seconds < 90
        else plural(round(seconds / 60 + 0.5), "minute")
    )
