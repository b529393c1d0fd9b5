"""The notifications of the current user about a site: add, change, test and remove channels."""

from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.notifications.channel_test import send_test
from igny8.engine.publications.kinds import KINDS
from igny8.extensions import db, write_transaction
from igny8.mail_config import is_mail_address
from igny8.models import AllowedAddress, Delivery, NotificationChannel
from igny8.models.encryption import is_undecryptable
from igny8.models.notification_channel import (
    CHAT,
    DEFAULT_REVIEW_COUNT,
    DIGESTS,
    MAIL,
    WEBHOOK,
)
from igny8.models.provider_endpoint import origin
from igny8.notifications.chat import service_of
from igny8.notifications.event_kinds import EVENT_KINDS
from igny8.publishing.requests import TargetError
from igny8.publishing.webhook import new_secret
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.settings.private_address import check_address
from igny8.web.settings.target_form import read_secret
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("notifications", __name__, url_prefix="/sites/<slug>/settings/notifications")
KIND_LABELS = {MAIL: "E-mail", CHAT: "Slack, Discord, Telegram …", WEBHOOK: "Webhook"}
STATE_LABELS = {
    "queued": "Waiting",
    "sending": "Sending",
    "sent": "Sent",
    "unknown": "May have arrived",
    "failed": "Failed",
    "dropped": "Not sent",
}
MAX_SHOWN, MAX_CHANNELS, MAX_SECRET_CHARS, MAX_REVIEW_COUNT = 20, 10, 500, 1000
TOO_MANY = f"You have {MAX_CHANNELS} ways to be notified about this site. Remove one first."
Answer = Response | str | tuple[str, int]


@bp.get("")
def index(slug: str) -> str:
    """Show the user's channels and their recent messages."""
    site = site_or_404(slug)
    channels = NotificationChannel.of_person(db.session, site.id, g.current_user.user_id)
    ids = [row.id for row in channels]
    return render_template(
        "settings/notifications.html",
        site=site,
        channels={row.id: row for row in channels},
        deliveries=Delivery.latest_of(db.session, ids, MAX_SHOWN),
        kinds=KIND_LABELS,
        events=EVENT_KINDS,
        digests=DIGESTS,
        states=STATE_LABELS,
        settings=current_app.config["SETTINGS"],
    )


@bp.get("/new/<channel_kind>")
def new(slug: str, channel_kind: str) -> str:
    """Show the form for a channel; for a webhook with a new secret."""
    return _page(site_or_404(slug), None, _known(channel_kind))


@bp.post("/new/<channel_kind>")
def add(slug: str, channel_kind: str) -> Answer:
    """Add a channel."""
    return _save(site_or_404(slug), None, _known(channel_kind))


@bp.get("/<int:channel_id>")
def show(slug: str, channel_id: int) -> str:
    """Show a channel, without its secret."""
    site = site_or_404(slug)
    row = _find(site, channel_id)
    return _page(site, row, row.kind)


@bp.post("/<int:channel_id>")
def change(slug: str, channel_id: int) -> Answer:
    """Change a channel; an empty secret keeps the stored one."""
    site = site_or_404(slug)
    row = _find(site, channel_id)
    return _save(site, row, row.kind)


@bp.post("/<int:channel_id>/test")
def test(slug: str, channel_id: int) -> str:
    """Send a test message and show the result."""
    site = site_or_404(slug)
    row = _find(site, channel_id)
    enforce_rate_limit("test notification")
    allowed = allowed_addresses(db.session)
    db.session.rollback()  # hold no connection while it is sent
    problem = send_test(row, site, allowed)
    tried = {"ok": not problem, "text": problem or "The test message was sent."}
    return _page(site, row, row.kind, tried=tried)


@bp.post("/<int:channel_id>/remove")
def remove(slug: str, channel_id: int) -> Response:
    """Delete a channel with its secret; its waiting events are not sent."""
    site = site_or_404(slug)
    row = _find(site, channel_id)
    with write_transaction() as tx:
        NotificationChannel.remove(tx, row.id)
    flash(f"You are not notified by “{row.address}” any more.")
    return redirect(url_for(".index", slug=slug), 303)


def _known(kind: str) -> str:
    return kind if kind in KIND_LABELS else abort(404)


def _find(site: Row, channel_id: int) -> Row:
    row = NotificationChannel.find(db.session, site.id, g.current_user.user_id, channel_id)
    return row if row is not None else abort(404)


def _save(site: Row, row: Row | None, kind: str) -> Answer:
    """Add a channel (`row` is None) or change one, or show the form again with errors."""
    form = Form(request.form)
    address, secret, entry = READERS[kind](form, row)
    values = {"address": address, **_read_choices(form)}
    user_id = g.current_user.user_id
    if row is None and _is_full(site, user_id):
        form.message = TOO_MANY
    if form.errors or form.message:
        return _page(site, row, kind, form, entry=entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        if row is None:
            channel_id = NotificationChannel.create(
                tx, site.id, user_id, secret, kind=kind, **values
            )
        else:
            channel_id = row.id
            NotificationChannel.change(tx, row, secret, **values)
    flash("Saved." if row else "Added. Send a test message next.")
    return redirect(url_for(".show", slug=site.slug, channel_id=channel_id), 303)


def _is_full(site: Row, user_id: int) -> bool:
    return len(NotificationChannel.of_person(db.session, site.id, user_id)) >= MAX_CHANNELS


def _read_mail(form: Form, row: Row | None) -> tuple[str, str, str | None]:
    address = form.value("address").strip()
    if not is_mail_address(address):
        form.errors["address"] = "Enter one e-mail address, such as anna@example.com."
    return address, "", None


def _read_webhook(form: Form, row: Row | None) -> tuple[str, str, str | None]:
    url = form.web_address("address")
    if not url:
        form.errors["address"] = "Enter the address that your receiver shows."
    is_moved = row is not None and origin(url) != origin(row.address)
    secret = read_secret(form, KINDS[WEBHOOK], is_new=row is None or is_moved) or ""
    return url, secret, check_address(form, "address", url)


def _read_chat(form: Form, row: Row | None) -> tuple[str, str, str | None]:
    secret = form.value("secret").strip()
    if not secret and row is not None:
        return row.address, "", None
    if len(secret) > MAX_SECRET_CHARS or not secret.isprintable():
        form.errors["secret"] = f"Enter the address alone, at most {MAX_SECRET_CHARS} characters."
        return "", "", None
    try:
        return service_of(secret), secret, None
    except TargetError as error:
        form.errors["secret"] = str(error)
        return "", "", None


READERS = {MAIL: _read_mail, WEBHOOK: _read_webhook, CHAT: _read_chat}


def _read_choices(form: Form) -> dict[str, Any]:
    events = [name for name in EVENT_KINDS if form.value(f"event_{name}") == "1"]
    if not events:
        form.errors["event_review"] = "Tick at least one event."
    quiet = {name: form.value(name).strip() for name in ("quiet_from", "quiet_until")}
    if any(quiet.values()):
        quiet = {name: form.clock_time(name) for name in quiet}
    if quiet["quiet_from"] and quiet["quiet_from"] == quiet["quiet_until"]:
        form.errors["quiet_until"] = "Enter another time than the one at which they begin."
    return {
        "events": events,
        "review_count": form.integer("review_count", 1, MAX_REVIEW_COUNT),
        "digest": form.choice("digest", DIGESTS),
        "digest_time": form.clock_time("digest_time"),
        **quiet,
    }


def _form_values(row: Row | None, kind: str) -> dict[str, str]:
    chosen = EVENT_KINDS if row is None else row.events
    values = {f"event_{name}": "1" for name in chosen}
    if row is None:
        suggested = {"secret": new_secret()} if kind == WEBHOOK else {}
        count = str(DEFAULT_REVIEW_COUNT)
        return values | suggested | {"review_count": count, "digest_time": "08:00"}
    names = ("address", "review_count", "digest", "digest_time", "quiet_from", "quiet_until")
    return values | {name: str(getattr(row, name)) for name in names}


def _page(
    site: Row,
    row: Row | None,
    kind: str,
    form: Form | None = None,
    tried: dict[str, Any] | None = None,
    entry: str | None = None,
) -> str:
    return render_template(
        "settings/notification_channel.html",
        site=site,
        row=row,
        kind=kind,
        form=form or Form(_form_values(row, kind)),
        tried=tried,
        entry=entry,
        kinds=KIND_LABELS,
        events=EVENT_KINDS,
        digests=DIGESTS,
        locked=row is not None and is_undecryptable(row.encrypted_secret),
        settings=current_app.config["SETTINGS"],
    )
