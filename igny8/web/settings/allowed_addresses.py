"""The private addresses that the installation may ask: its own model servers, for example."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from igny8.extensions import db, write_transaction
from igny8.models import AllowedAddress
from igny8.outbound import allowlist
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("allowed_addresses", __name__, url_prefix="/sites/<slug>/settings/private")


@bp.get("")
def index(slug: str):
    """Show the list."""
    return _page(site_or_404(slug))


@bp.post("")
def save(slug: str):
    """Allow an address address."""
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
def remove(slug: str):
    """Allow an address no longer."""
    site_or_404(slug)
    entry = request.form.get("entry", "")
    with write_transaction() as tx:
        if not AllowedAddress.remove(tx, entry):
            abort(404)
    flash(f"{entry} is no longer allowed.")
    return redirect(url_for("allowed_addresses.index", slug=slug), 303)


def _page(site, form=None):
    table = AllowedAddress.__table__
    return render_template(
        "settings/allowed_addresses.html",
        site=site,
        form=form or Form({}),
        fixed=[entry.text for entry in current_app.config["SETTINGS"].outbound.entries],
        entries=db.session.execute(select(table).order_by(table.c.entry)).all(),
    )
