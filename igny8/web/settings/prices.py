"""Model prices: the price table of the installation."""

import re
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8.extensions import db, write_transaction
from igny8.models import Price
from igny8.models.price import MICROS_PER_CREDIT, UNKNOWN_MODEL_RATE
from igny8.models.queries import installation
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("prices", __name__, url_prefix="/sites/<slug>/settings/prices")
MILLION = 1_000_000
COLUMNS = (
    ("tokens_in", "Per 1M input tokens"),
    ("tokens_out", "Per 1M output tokens"),
    ("image", "Per image"),
)


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show the price table."""
    return _page(site_or_404(slug))


@bp.post("")
def save(slug: str) -> ResponseReturnValue:
    """Set the price of a model name or pattern."""
    site = site_or_404(slug)
    form = Form(request.form)
    pattern = form.text("pattern", "a model name; * matches anything", 120)
    amounts = [_read_price(form, name) for name, _ in COLUMNS]
    if form.errors:
        return _page(site, form), 422
    with write_transaction() as tx:
        Price.set(tx, pattern, *amounts)
    flash(f"Price of “{pattern}” saved. It applies to new requests.")
    return redirect(url_for("prices.index", slug=slug), 303)


@bp.post("/remove")
def remove(slug: str) -> ResponseReturnValue:
    """Remove the price of a model name or pattern."""
    site_or_404(slug)
    pattern = request.form.get("pattern", "")
    with write_transaction() as tx:
        if not Price.remove(tx, pattern):
            abort(404)
    flash(f"Price of “{pattern}” removed.")
    return redirect(url_for("prices.index", slug=slug), 303)


def _read_price(form: Form, name: str) -> int:
    """Return an amount in the form in millionths of a dollar."""
    text = form.value(name).strip().replace(",", ".") or "0"
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        form.errors[name] = "Enter an amount such as 0.15, at most 999999."
        return 0
    return int(Decimal(text) * MILLION)


def _page(site: Row, form: Form | None = None) -> str:

    return render_template(
        "settings/prices.html",
        site=site,
        form=form or Form({}),
        columns=COLUMNS,
        credit=MICROS_PER_CREDIT,
        prices=installation.all_prices(db.session),
        unknown=UNKNOWN_MODEL_RATE,
    )
