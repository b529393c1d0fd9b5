"""The publishing targets of a site: add, change, test and remove them."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine.billing.providers import allowed_addresses
from igny8.engine.publications.kinds import KINDS, Kind, TargetTestContext, TargetTestResult
from igny8.engine.publications.kinds.base import SECRET
from igny8.engine.publications.target_test import run_target_test
from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress, PublishingTarget
from igny8.models.encryption import is_undecryptable
from igny8.models.provider_endpoint import origin
from igny8.publishing.folder_zip import write_folder_zip
from igny8.slugs import slug_of
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.settings.private_address import check_address
from igny8.web.settings.target_form import (
    MAX_HOLD_HOURS,
    ON_APPROVAL,
    read_secret,
    read_values,
    shown_values,
)
from igny8.web.ui.downloads import made_file
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("publishing", __name__, url_prefix="/sites/<slug>/settings/publishing")
Answer = Response | str | tuple[str, int]


@bp.get("")
def index(slug: str) -> str:
    """Show the targets."""
    site = site_or_404(slug)
    return render_template(
        "settings/publishing.html",
        site=site,
        targets=PublishingTarget.of_site(db.session, site.id),
        kinds=KINDS,
        addable=[kind for kind in KINDS.values() if kind.is_sent_to],
    )


@bp.get("/new/<target_kind>")
def new(slug: str, target_kind: str) -> str:
    """Show the form for a target."""
    return _page(site_or_404(slug), None, _addable(target_kind))


@bp.post("/new/<target_kind>")
def add(slug: str, target_kind: str) -> Answer:
    """Add a target."""
    return _save(site_or_404(slug), None, _addable(target_kind))


@bp.get("/<int:target_id>")
def show(slug: str, target_id: int) -> str:
    """Show a target, without its secret."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    return _page(site, row, KINDS[row.kind])


@bp.post("/<int:target_id>")
def change(slug: str, target_id: int) -> Answer:
    """Change a target; an empty secret keeps the stored one."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    return _save(site, row, KINDS[row.kind])


@bp.post("/<int:target_id>/test")
def test(slug: str, target_id: int) -> str:
    """Test a target and show the result; its facts are stored."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    enforce_rate_limit("test target")
    allowed = allowed_addresses(db.session)
    db.session.rollback()  # hold no connection during the requests
    context = TargetTestContext(site, f"msg_test_{secrets.token_hex(8)}", allowed)
    tried = run_target_test(row, context)
    if tried.ok:
        with write_transaction() as tx:
            PublishingTarget.store_facts(tx, row.id, tried.facts)
    db.session.rollback()
    return _page(site, _find(site, target_id), KINDS[row.kind], tried=tried)


@bp.get("/<int:target_id>/files")
def files(slug: str, target_id: int) -> Response:
    """Return the files of a target as a ZIP."""
    site = site_or_404(slug)
    row = _find(site, target_id)
    folder = KINDS[row.kind].folder
    if folder is None:
        abort(404)
    name = f"{site.slug}-{slug_of(row.name)}.zip"
    root = folder(row)
    return made_file(lambda target: write_folder_zip(root, target), "application/zip", name)


@bp.post("/<int:target_id>/remove")
def remove(slug: str, target_id: int) -> Response:
    """Delete a target, its secret, and its publications."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        row = PublishingTarget.find(tx, site.id, target_id) or abort(404)
        PublishingTarget.remove(tx, site.id, row.id)
    flash(f"“{row.name}” was removed. Nothing was changed at the target itself.")
    return redirect(url_for(".index", slug=slug), 303)


def _find(site: Row, target_id: int) -> Row:
    row = PublishingTarget.find(db.session, site.id, target_id)
    if row is None or not KINDS[row.kind].is_sent_to:
        abort(404)
    return row


def _addable(name: str) -> Kind:
    """Return a kind that can be added; raise 404 otherwise."""
    kind = KINDS.get(name)
    if kind is None or not kind.is_sent_to:
        abort(404)
    return kind


def _save(site: Row, row: Row | None, kind: Kind) -> Answer:
    """Add a target (`row` is None) or change one, or show the form again with errors."""
    form = Form(request.form)
    values = read_values(form, kind)
    secret = read_secret(form, kind, is_new=row is None)
    entry = _check_address(form, kind, values["url"])
    _check_name(site, row, form, values["name"])
    if form.errors:
        return _page(site, row, kind, form, entry=entry), 422
    with write_transaction() as tx:
        if entry:
            AllowedAddress.add(tx, entry)
        if row is None:
            target_id = PublishingTarget.create(tx, site.id, kind.name, secret or "", **values)
        else:
            target_id = row.id
            PublishingTarget.change(tx, row, values.pop("url"), secret, **values)
    flash(_saved_message(form, row))
    return redirect(url_for(".show", slug=site.slug, target_id=target_id), 303)


def _check_address(form: Form, kind: Kind, url: str) -> str | None:
    """Return the allowlist entry that an address needs, or None; errors are added to the form."""
    address = kind.checked_address(url) if url and "target_url" not in form.errors else ""
    return check_address(form, "target_url", address) if address else None


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
    if is_moved and row.encrypted_secret and not form.value(SECRET).strip():
        return (
            f"“{name}” was saved. Its secret was removed because the address changed: "
            "enter it again."
        )
    return f"“{name}” was saved."


def _page(
    site: Row,
    row: Row | None,
    kind: Kind,
    form: Form | None = None,
    tried: TargetTestResult | None = None,
    entry: str | None = None,
) -> str:
    return render_template(
        "settings/publishing_target.html",
        site=site,
        row=row,
        kind=kind,
        form=form or Form(shown_values(row, kind)),
        tried=tried,
        approval_choices=ON_APPROVAL,
        max_hold_hours=MAX_HOLD_HOURS,
        entry=entry,
        locked=row is not None and is_undecryptable(row.encrypted_secret),
    )
