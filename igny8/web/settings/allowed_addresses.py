"""Private addresses that all sites may send requests to, such as a local model server."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress
from igny8.models.queries import installation
from igny8.outbound import allowlist
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("allowed_addresses", __name__, url_prefix="/sites/<slug>/settings/private")


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the list."""
    return _page(site_or_404(slug))


@bp.post("")
def save(slug: str) -> ResponseReturnValue:
    """Add an address to the list."""
    site = site_or_404(slug)
    form = Form(request.form)
    try:
        entry = allowlist.parse_entry(form.value("entry"))
    except ValueError as error:
        form.errors["entry"] = f"{error}."
        return _page(site, form), 422
    with write_transaction() as tx:
        AllowedAddress.add(tx, entry.text)
    flash(f"{entry.text} is now allowed.")
    return redirect(url_for("allowed_addresses.index", slug=slug), 303)


@bp.post("/remove")
def remove(slug: str) -> ResponseReturnValue:
    """Remove an address from the list."""
    site_or_404(slug)
    entry = request.form.get("entry", "")
    with write_transaction() as tx:
        if not AllowedAddress.remove(tx, entry):
            abort(404)
    flash(f"{entry} is no longer allowed.")
    return redirect(url_for("allowed_addresses.index", slug=slug), 303)


def _page(site: Row, form: Form | None = None) -> str:

    return render_template(
        "settings/allowed_addresses.html",
        site=site,
        form=form or Form({}),
        fixed=[entry.text for entry in current_app.config["SETTINGS"].outbound.entries],
        entries=installation.allowed_addresses(db.session),
    )
