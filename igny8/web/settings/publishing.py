"""The publishing targets of a site: add, change, test and remove them."""

import secrets
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.publications.target_test import TestResult, run_target_test
from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress, PublishingTarget
from igny8.models.encryption import is_undecryptable
from igny8.models.provider_endpoint import origin
from igny8.models.publishing_target import HAND, WEBHOOK, WORDPRESS
from igny8.publishing.webhook import decode_secret, new_secret
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.settings.private_address import check_address
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("publishing", __name__, url_prefix="/sites/<slug>/settings/publishing")
KIND_LABELS = {WORDPRESS: "WordPress", WEBHOOK: "Webhook", HAND: "By hand"}
ADDABLE = (WORDPRESS, WEBHOOK)
MAX_CONCURRENT = 8
FORMATS = (("blocks", "Blocks (block editor)"), ("classic", "HTML (classic editor)"))
INVALID_KEY = (
    "Enter a secret that begins with whsec_, followed by 24 to 64 bytes in Base64, as your "
    "receiver shows it; or copy the suggested one into your receiver."
)
TOO_LONG = "Enter the application password only, at most 200 characters."
Answer = Response | str | tuple[str, int]


@bp.get("")
def index(slug: str) -> str:
    """Show the targets."""
    site = site_or_404(slug)
    return render_template(
        "settings/publishing.html",
        site=site,
        targets=PublishingTarget.of_site(db.session, site.id),
        kinds=KIND_LABELS,
        addable=ADDABLE,
    )


@bp.get("/new/<target_kind>")
def new(slug: str, target_kind: str) -> str:
    """Show the form for a target; a webhook's has a fresh secret as a suggestion."""
    site = site_or_404(slug)
    if target_kind not in ADDABLE:
        abort(404)
    return _page(site, None, target_kind)


@bp.post("/new/<target_kind>")
def add(slug: str, target_kind: str) -> Answer:
    """Add a target."""
    if target_kind not in ADDABLE:
        abort(404)
    return _save(site_or_404(slug), None, target_kind)


@bp.get("/<int:target_id>")
def show(slug: str, target_id: int) -> str:
    """Show a target, without its secret."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    return _page(site, row, row.kind)


@bp.post("/<int:target_id>")
def change(slug: str, target_id: int) -> Answer:
    """Change a target; an empty secret keeps the stored one."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    return _save(site, row, row.kind)


@bp.post("/<int:target_id>/test")
def test(slug: str, target_id: int) -> str:
    """Test a target and show the result; its facts are stored."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    enforce_rate_limit("test target", max_requests=10, seconds=60)
    allowed = allowed_addresses(db.session)
    db.session.rollback()  # hold no connection during the requests
    tried = run_target_test(row, site, f"msg_test_{secrets.token_hex(8)}", allowed)
    if tried.ok:
        with write_transaction() as tx:
            PublishingTarget.store_facts(tx, row.id, tried.facts)
    db.session.rollback()
    return _page(site, _find(site, target_id), row.kind, tried=tried)


@bp.post("/<int:target_id>/remove")
def remove(slug: str, target_id: int) -> Response:
    """Delete a target, its secret, and what is known about publications there."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        row = PublishingTarget.find(tx, site.id, target_id) or abort(404)
        PublishingTarget.remove(tx, site.id, row.id)
    flash(f"“{row.name}” was removed. Nothing was changed at the target itself.")
    return redirect(url_for(".index", slug=slug), 303)


def _find(site: Row, target_id: int) -> Row:
    row = PublishingTarget.find(db.session, site.id, target_id)
    if row is None or row.kind == HAND:
        abort(404)
    return row


def _save(site: Row, row: Row | None, kind: str) -> Answer:
    """Add a target (`row` is None) or change one, or show the form again with its errors."""
    form = Form(request.form)
    values = _read(form, kind)
    secret = _read_secret(form, kind, row)
    entry = check_address(form, "target_url", values["url"])
    _check_name(site, row, form, values["name"])
    if form.errors:
        return _page(site, row, kind, form, entry=entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        if row is None:
            target_id = PublishingTarget.create(tx, site.id, kind, secret or "", **values)
        else:
            target_id = row.id
            PublishingTarget.change(tx, row, values.pop("url"), secret, **values)
    flash(_saved_message(form, row))
    return redirect(url_for(".show", slug=site.slug, target_id=target_id), 303)


def _read(form: Form, kind: str) -> dict[str, Any]:
    values = {
        "name": form.text("target_name", "a name", 80),
        "url": _read_url(form, kind),
        "concurrent": form.integer("concurrent", 1, MAX_CONCURRENT),
    }
    if kind == WORDPRESS:
        values["username"] = form.text("username", "the user name in WordPress", 120)
        values["options"] = {
            "format": form.choice("format", dict(FORMATS)),
            "categories": form.value("categories") == "1",
            "tags": form.value("tags") == "1",
        }
    return values


def _read_url(form: Form, kind: str) -> str:
    """Return the address; that of a webhook may have a query."""
    if kind == WORDPRESS:
        return form.server_url("target_url")
    url = form.web_address("target_url")
    if not url:
        form.errors["target_url"] = "Enter the address that your receiver shows."
    return url


def _read_secret(form: Form, kind: str, row: Row | None) -> str | None:
    """Return the new secret, or None to keep the stored one."""
    if kind == WEBHOOK:
        return read_webhook_secret(form, is_required=row is None)
    secret = "".join(form.value("secret").split())
    if not secret and row is None:
        form.errors["secret"] = "Enter the password."
    elif len(secret) > 200 or not secret.isprintable():
        form.errors["secret"] = TOO_LONG
    return secret or None


def read_webhook_secret(form: Form, is_required: bool) -> str | None:
    """Return the new secret of a webhook, or None to keep the stored one."""
    secret = form.value("secret").strip()
    if not secret and not is_required:
        return None
    try:
        decode_secret(secret)
    except ValueError:
        form.errors["secret"] = INVALID_KEY
    return secret


def _check_name(site: Row, row: Row | None, form: Form, name: str) -> None:
    others = (
        other.name.casefold()
        for other in PublishingTarget.of_site(db.session, site.id)
        if row is None or other.id != row.id
    )
    if name.casefold() in others:
        form.errors["target_name"] = (
            "Another publishing target of this site has this name. Choose a different name."
        )


def _saved_message(form: Form, row: Row | None) -> str:
    name = form.value("target_name")
    if row is None:
        return f"“{name}” was added. Test it next."
    is_moved = origin(form.value("target_url").strip()) != origin(row.url)
    if is_moved and row.encrypted_secret and not form.value("secret").strip():
        return (
            f"“{name}” was saved. Its secret was removed because the address changed: "
            "enter it again."
        )
    return f"“{name}” was saved."


def _form_values(row: Row | None, kind: str) -> dict[str, str]:
    if row is None:
        suggested = {"secret": new_secret()} if kind == WEBHOOK else {}
        return {"categories": "1", "tags": "1", **suggested}
    options = {name: str(value) for name, value in row.options.items()}
    ticks = {name: "1" if row.options.get(name) else "" for name in ("categories", "tags")}
    return (
        options
        | ticks
        | {
            "target_name": row.name,
            "target_url": row.url,
            "username": row.username,
            "concurrent": str(row.concurrent),
        }
    )


def _page(
    site: Row,
    row: Row | None,
    kind: str,
    form: Form | None = None,
    tried: TestResult | None = None,
    entry: str | None = None,
) -> str:
    return render_template(
        "settings/publishing_target.html",
        site=site,
        row=row,
        kind=kind,
        form=form or Form(_form_values(row, kind)),
        tried=tried,
        entry=entry,
        formats=FORMATS,
        most_at_once=MAX_CONCURRENT,
        locked=row is not None and is_undecryptable(row.encrypted_secret),
    )
