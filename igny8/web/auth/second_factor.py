"""The second factor: required at sign-in, set up and turned off on the account page."""

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.models import LoginSession, RateLimit, User, passwords, second_factor
from igny8.models.encryption import DecryptError
from igny8.web.auth import sign_in_limits
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.auth.current_user import start_session
from igny8.web.auth.known_devices import remember_device
from igny8.web.auth.qr_code import qr_path
from igny8.web.auth.second_factor_pending import PENDING, PENDING_FOR, pending_user
from igny8.web.auth.second_factor_required import is_missing
from igny8.web.ui.forms import Form

bp = Blueprint("second_factor", __name__)
STARTED = "second_factor_at"  # in the session: when the password was given to set one up
WRONG_CODE = "This code is not right, or it was used before. Wait for the next one."


@bp.get("/login/code")
def show_code_form() -> ResponseReturnValue:
    """Show the form for the code."""
    if pending_user() is None:
        return redirect(url_for("login.login"), 303)
    return render_template("auth/login/code.html", form=Form({}))


@bp.post("/login/code")
def check() -> ResponseReturnValue:
    """Sign in with a code of the app or a recovery code."""
    row, form = pending_user(), Form(request.form)
    if row is None:
        return redirect(url_for("login.login"), 303)
    g.audit_user = row.name
    keys = {f"code {row.id}": sign_in_limits.FREE_ATTEMPTS_PER_NAME, **sign_in_limits.address_key()}
    wait = sign_in_limits.count_attempt(keys)
    if wait:
        form.errors["code"] = sign_in_limits.wait_message(wait)
        return _code_page(form), 429, {"Retry-After": str(round(wait + 0.5))}
    if not _accept(row, form):
        form.errors.setdefault("code", WRONG_CODE)
        return _code_page(form), 401
    next_path = session[PENDING]["next"]
    token = _create_session(row)
    if token is None:
        return redirect(url_for("login.login"), 303)
    start_session(token)
    remember_device(row.name)
    return redirect(next_path, 303)


def _create_session(row: Row) -> str | None:
    """Return the token of a new session after a valid code; None if the user changed."""
    with write_transaction() as tx:
        if not User.lock_unchanged(tx, row):
            return None
        RateLimit.reset(tx, f"code {row.id}")
        for key, free in sign_in_limits.address_key().items():
            RateLimit.undo_attempt(tx, key, free)
        return LoginSession.create(tx, row.id, request.remote_addr or "", request.user_agent.string)


@bp.get("/account/second-factor")
def index() -> ResponseReturnValue:
    """Show the state of the second factor, with the QR code during set-up."""
    return _page()


@bp.post("/account/second-factor/start")
def start() -> ResponseReturnValue:
    """Create a secret after the password was entered."""
    form = Form(request.form)
    row = _require_password(form)
    if form.errors:
        return _page(start=form), 422
    with write_transaction() as tx:
        second_factor.start(tx, row.id)
    session[STARTED] = clock.now().timestamp()
    return redirect(url_for(".index"), 303)


@bp.post("/account/second-factor/confirm")
def confirm() -> ResponseReturnValue:
    """Turn on the second factor, end all other sessions, and show the recovery codes once."""
    enforce_rate_limit("second factor")
    form = Form(request.form)
    try:
        turned_on = _turn_on(_own_row(), form.value("code"))
    except DecryptError as error:
        form.errors["code"] = str(error)
        turned_on = None
    if turned_on is None:
        form.errors.setdefault("code", WRONG_CODE)
        return _page(confirm=form), 422
    token, codes = turned_on
    start_session(token)
    return _page(codes=codes)


def _turn_on(row: Row, code: str) -> tuple[str, list[str]] | None:
    """Return the token of a new session and the recovery codes; None for a wrong code."""
    with write_transaction() as tx:
        if not _is_starting() or not second_factor.confirm(tx, row, code):
            return None
        codes = second_factor.new_recovery_codes(tx, row.id)
        LoginSession.end_all(tx, row.id)
        token = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    return token, codes


@bp.post("/account/second-factor/disable")
def disable() -> ResponseReturnValue:
    """Turn off the second factor after the password was entered."""
    form = Form(request.form)
    row = _require_password(form)
    if form.errors:
        return _page(change=form), 422
    with write_transaction() as tx:
        second_factor.disable(tx, row.id)
    flash("The second factor is off.")
    return redirect(url_for(".index"), 303)


@bp.post("/account/second-factor/recovery-codes")
def renew_codes() -> ResponseReturnValue:
    """Replace the recovery codes after the password was entered, and show them once."""
    form = Form(request.form)
    row = _require_password(form)
    if row.second_factor_at is None:
        form.errors["old"] = "The second factor is off, so there are no recovery codes."
    if form.errors:
        return _page(change=form), 422
    with write_transaction() as tx:
        codes = second_factor.new_recovery_codes(tx, row.id)
    return _page(codes=codes)


def _is_starting() -> bool:
    """Return whether the password was entered in this browser to set up a second factor."""
    return clock.now().timestamp() - session.get(STARTED, 0.0) < PENDING_FOR.total_seconds() * 3


def _accept(row: Row, form: Form) -> bool:
    """Return whether the code of a form is valid (a current or a recovery code), and use it up."""
    code = form.value("code")[:100]
    with write_transaction() as tx:
        if second_factor.use_recovery_code(tx, row.id, code):
            left = second_factor.recovery_codes_left(tx, row.id)
            g.audit_detail = f"with a recovery code, {left} left"
            return True
        try:
            return second_factor.check_code(tx, row, code)
        except DecryptError:
            form.errors["code"] = (
                "The secret of your app cannot be read: the encryption key of this server has "
                "changed. Use a recovery code, or ask an administrator to reset the second factor."
            )
            return False


def _own_row() -> Row:
    return User.fetch(db.session, g.current_user.user_id) or abort(401)


def _require_password(form: Form) -> Row:
    """Return the current user's row; with a wrong password the form gets an error."""
    enforce_rate_limit("password")
    row = _own_row()
    if not passwords.verify_password(form.value("old"), row.password):
        form.errors["old"] = "Incorrect current password."
    return row


def _code_page(form: Form) -> str:
    return render_template("auth/login/code.html", form=form)


def _page(
    start: Form | None = None,
    confirm: Form | None = None,
    change: Form | None = None,
    codes: list[str] | None = None,
) -> str:
    """Return the page of the second factor with these forms and new recovery codes."""
    db.session.rollback()  # start a new read after a change
    row = _own_row()
    uri, problem = _pending_secret(row)
    return render_template(
        "auth/account/second_factor.html",
        row=row,
        uri=uri,
        problem=problem,
        qr=qr_path(uri) if uri else None,
        left=second_factor.recovery_codes_left(db.session, row.id),
        is_required=is_missing(),
        start=start or Form({}),
        confirm=confirm or Form({}),
        change=change or Form({}),
        codes=codes,
    )


def _pending_secret(row: Row) -> tuple[str | None, str]:
    """Return the URI of the secret being set up, and an error if it is unreadable."""
    try:
        return (second_factor.pending_uri(row) if _is_starting() else None), ""
    except DecryptError as error:
        return None, str(error)
