"""The mail server of the installation: its settings, and a test mail."""

import secrets
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from igny8.mail_config import MailSettings, is_mail_address
from igny8.notifications.mail import build_mail, send_mail
from igny8.publishing.requests import TargetError
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.ui.forms import Form

bp = Blueprint("mail", __name__, url_prefix="/admin/mail")
SECURITY_LABELS = {"starttls": "STARTTLS", "tls": "TLS", "none": "not encrypted"}
SUBJECT = "Test mail from IGNY8"
TEXT = "This installation of IGNY8 can send mail.\n"


@bp.get("")
def index() -> str:
    """Show the settings, without the password, and the form for a test mail."""
    return _page(Form({}))


@bp.post("")
def test() -> ResponseReturnValue:
    """Send a test mail and show the result with the cause of an error."""
    form, settings = Form(request.form), current_app.config["SETTINGS"].mail
    address = form.value("address").strip()
    if not is_mail_address(address):
        form.errors["address"] = "Enter one e-mail address, such as anna@example.com."
    if form.errors or settings is None:
        return _page(form), 422
    enforce_rate_limit("test mail")
    problem = _send(settings, address)
    text = problem or f"The mail server took the mail to {address}."
    return _page(form, {"ok": not problem, "text": text})


def _send(settings: MailSettings, address: str) -> str:
    """Send the test mail; return "" or an error message."""
    message_id = f"msg_test_{secrets.token_hex(8)}"
    try:
        mail = build_mail(settings, address, SUBJECT, TEXT, message_id)
        send_mail(settings, mail, lambda: None)
    except TargetError as error:
        return str(error)
    return ""


def _page(form: Form, tried: dict[str, Any] | None = None) -> str:
    settings = current_app.config["SETTINGS"]
    return render_template(
        "admin/mail.html",
        form=form,
        tried=tried,
        mail=settings.mail,
        security=SECURITY_LABELS,
        public_url=settings.public_url,
        address=settings.address(),
    )
