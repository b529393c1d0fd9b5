"""The second factor: asked for at sign-in, set up and turned off on the account page."""

from datetime import datetime, timedelta
from typing import Any

import segno
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
from sqlalchemy import Row
from werkzeug.exceptions import Forbidden

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.models import LoginSession, RateLimit, User, passwords, second_factor
from igny8.models.encryption import DecryptError
from igny8.web.auth import sign_in_limits
from igny8.web.auth.current_user import start_session
from igny8.web.auth.permissions import SAFE_METHODS, enforce_rate_limit
from igny8.web.ui.forms import Form

bp = Blueprint("second_factor", __name__)
PENDING, PENDING_FOR = "pending", timedelta(minutes=5)
STARTED = "second_factor_at"  # in the session: when the password was given to set one up
WRONG_CODE = "This code is not right, or it was used before. Wait for the next one."
QR_BORDER = 4  # modules of white around a QR code
# what a user may open who has to set up a second factor first
SET_UP_ENDPOINTS = {
    "second_factor.index",
    "second_factor.start",
    "second_factor.confirm",
    "login.sign_out",
    "theme.choose",
}


def ask_for_code(row: Row, next_path: str) -> ResponseReturnValue:
    """Store that the user's password was correct; redirect to the form for the code."""
    session.clear()
    session[PENDING] = {
        "user": row.id,
        "password_at": row.password_at.isoformat(),
        "at": clock.now().timestamp(),
        "next": next_path,
    }
    return redirect(url_for("second_factor.show_code_form"), 303)


@bp.get("/login/code")
def show_code_form() -> ResponseReturnValue:
    """Show the form for the code."""
    if _pending_user() is None:
        return redirect(url_for("login.login"), 303)
    return render_template("auth/login/code.html", form=Form({}))


@bp.post("/login/code")
def check() -> ResponseReturnValue:
    """Sign in with a code of the app or a recovery code."""
    row, form = _pending_user(), Form(request.form)
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
    with write_transaction() as tx:
        if not User.lock_unchanged(tx, row):
            return redirect(url_for("login.login"), 303)
        RateLimit.reset(tx, f"code {row.id}")
        for key, free in sign_in_limits.address_key().items():
            RateLimit.undo_attempt(tx, key, free)
        token = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(token)
    sign_in_limits.remember_device(row.name)
    return redirect(next_path, 303)


@bp.get("/account/second-factor")
def index() -> ResponseReturnValue:
    """Show the state of the second factor, and the QR code while it is set up."""
    return _page()


@bp.post("/account/second-factor/start")
def start() -> ResponseReturnValue:
    """Make a secret after the password was given."""
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
    """Turn the second factor on, end all other sessions, and show the recovery codes once."""
    enforce_rate_limit("second factor", max_requests=10, seconds=60)
    form, row = Form(request.form), _own_row()
    try:
        with write_transaction() as tx:
            is_on = _is_starting() and second_factor.confirm(tx, row, form.value("code"))
            if is_on:
                codes = second_factor.new_recovery_codes(tx, row.id)
                LoginSession.end_all(tx, row.id)
                fresh = LoginSession.create(
                    tx, row.id, request.remote_addr or "", request.user_agent.string
                )
    except DecryptError as error:
        form.errors["code"] = str(error)
        is_on = False
    if not is_on:
        form.errors.setdefault("code", WRONG_CODE)
        return _page(confirm=form), 422
    start_session(fresh)
    return _page(codes=codes)


@bp.post("/account/second-factor/disable")
def disable() -> ResponseReturnValue:
    """Turn the second factor off after the password was given."""
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
    """Replace the recovery codes after the password was given, and show them once."""
    form = Form(request.form)
    row = _require_password(form)
    if row.second_factor_at is None:
        form.errors["old"] = "The second factor is off, so there are no recovery codes."
    if form.errors:
        return _page(change=form), 422
    with write_transaction() as tx:
        codes = second_factor.new_recovery_codes(tx, row.id)
    return _page(codes=codes)


def require_set_up() -> ResponseReturnValue | None:
    """Lead a user who has to set up a second factor to its page; None for everybody else."""
    if not is_missing() or request.endpoint in {"static", *SET_UP_ENDPOINTS}:
        return None
    if request.method not in SAFE_METHODS or request.blueprint == "api":
        raise Forbidden("Set up a second factor first, under Account.")
    where = url_for("second_factor.index")
    if request.headers.get("HX-Request") == "true":
        return "", 403, {"HX-Redirect": where}
    return redirect(where, 303)


def is_missing() -> bool:
    """Return whether the installation requires a second factor that the current user lacks.

    Sessions that another service signed in are that service's matter, API tokens have no factor.
    """
    who, required = g.get("current_user"), current_app.config["SETTINGS"].sign_in.second_factor
    if who is None or who.session_id is None or "via" in session or who.has_second_factor:
        return False
    return required == "everyone" or (required == "administrators" and who.is_admin)


def _pending_user() -> Row | None:
    """Return the user whose password was verified within PENDING_FOR and is unchanged, or None."""
    pending: dict[str, Any] | None = session.get(PENDING)
    if pending is None or clock.now().timestamp() - pending["at"] > PENDING_FOR.total_seconds():
        return None
    row = User.fetch(db.session, pending["user"])
    is_current = (
        row is not None
        and not row.disabled
        and row.second_factor_at is not None
        and row.password_at == datetime.fromisoformat(pending["password_at"])
    )
    return row if is_current else None


def _is_starting() -> bool:
    """Return whether the password was given in this browser to set up a second factor."""
    return clock.now().timestamp() - session.get(STARTED, 0.0) < PENDING_FOR.total_seconds() * 3


def _accept(row: Row, form: Form) -> bool:
    """Return whether the code of a form is a current one or a recovery code; it is used up."""
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
    """Return the row of the current user; without the right password the form has an error."""
    enforce_rate_limit("password", max_requests=10, seconds=60)
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
    db.session.rollback()  # start a new read after a change
    row = _own_row()
    uri, problem = None, ""
    try:
        uri = second_factor.pending_uri(row) if _is_starting() else None
    except DecryptError as error:
        problem = str(error)
    return render_template(
        "auth/account/second_factor.html",
        row=row,
        uri=uri,
        problem=problem,
        qr=_qr_path(uri) if uri else None,
        left=second_factor.recovery_codes_left(db.session, row.id),
        is_required=is_missing(),
        start=start or Form({}),
        confirm=confirm or Form({}),
        change=change or Form({}),
        codes=codes,
    )


def _qr_path(text: str) -> tuple[int, str]:
    """Return the width of a QR code in modules, border included, and its SVG path."""
    rows = segno.make(text, error="m").matrix
    path = "".join(
        f"M{x + QR_BORDER} {y + QR_BORDER}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows) + 2 * QR_BORDER, path
