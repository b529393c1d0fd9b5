"""All user accounts of the installation, for its administrators."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ApiToken, Invitation, LoginSession, User, second_factor
from igny8.models.queries import accounts as account_queries
from igny8.models.user import NO_PASSWORD
from igny8.web.http.public_address import public_url_for

bp = Blueprint("accounts", __name__, url_prefix="/admin/accounts")
INVITED = (
    "Whoever opens this link within a week becomes an administrator of this installation. "
    "It is not shown again."
)
RESET = "With this link {} can set a new password once, within a week. It is not shown again."
RESULTS = {
    "promote": "is now an administrator.",
    "demote": "is no longer an administrator.",
    "disable": "was blocked.",
    "enable": "was unblocked.",
    "unpair": "can sign in without a second factor now.",
}


@bp.get("")
def index() -> str:
    """Show all accounts."""
    return _page()


@bp.post("/invite")
def invite() -> str:
    """Create a link for another administrator and show it once."""
    with write_transaction() as tx:
        token = Invitation.create(tx, g.current_user.name)
    return _page(_invitation_url(token), INVITED)


@bp.post("/<int:user_id>/<any(promote, demote, disable, enable, reset, unpair):verb>")
def change(user_id: int, verb: str) -> Response | str:
    """Grant or remove admin rights, block, unblock, reset a second factor, or make a reset link."""
    with write_transaction() as tx:
        row = User.fetch(tx, user_id)
        if row is None:
            raise ActionRefused("This account no longer exists.", 404)
        g.audit_detail = row.name
        if verb == "reset":
            token = Invitation.create(tx, g.current_user.name, user_id=user_id)
        else:
            _change(tx, user_id, verb)
    if verb == "reset":
        return _page(_invitation_url(token), RESET.format(row.name))
    flash(f"{row.name} {RESULTS[verb]}")
    return redirect(url_for(".index"), 303)


@bp.post("/links/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    """Withdraw an unused link of the installation."""
    with write_transaction() as tx:
        gone = Invitation.withdraw(tx, None, invitation_id)
    flash("Link withdrawn." if gone else "This link was already used or withdrawn.")
    return redirect(url_for(".index"), 303)


def _change(tx: Connection, user_id: int, verb: str) -> None:
    if verb in ("promote", "demote"):
        User.set_admin(tx, user_id, verb == "promote")
    elif verb == "unpair":
        _reset_second_factor(tx, user_id)
    else:
        User.set_disabled(tx, user_id, verb == "disable")
    if verb in ("demote", "disable"):
        Invitation.end_made_by(tx, user_id)
    if user_id != g.current_user.user_id:
        LoginSession.end_all(tx, user_id)
    if verb == "disable":
        ApiToken.remove_all(tx, user_id)


def _reset_second_factor(tx: Connection, user_id: int) -> None:
    if user_id == g.current_user.user_id:
        raise ActionRefused("Turn your own second factor off under Account, with your password.")
    second_factor.disable(tx, user_id)


def _invitation_url(token: str) -> str:
    return public_url_for("login.show_invitation", token=token)


def _page(link: str | None = None, message: str = "") -> str:
    db.session.rollback()  # start a new read after a change
    rows = account_queries.all_accounts(db.session)
    links = Invitation.fetch_open(db.session, None)
    return render_template(
        "admin/accounts.html",
        rows=rows,
        links=links,
        link=link,
        message=message,
        no_password=NO_PASSWORD,
    )
