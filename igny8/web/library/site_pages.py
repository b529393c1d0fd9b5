"""The pages of the website: the list of what was read, and the readings."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from igny8.engine import inventory
from igny8.errors import ActionRefused
from igny8.extensions import db
from igny8.inventory.addresses import path_of
from igny8.models import Coverage, SitePage, SiteReading
from igny8.models.queries import site_pages as queries
from igny8.models.queries.runs import worker_slots
from igny8.web.ui.list_view import ListView
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("site_pages", __name__, url_prefix="/sites/<slug>/site-pages")
LIST = ListView("site_pages", "page", queries.LIST)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the list of the website's pages."""
    site = site_or_404(slug)
    return render_template(
        "library/site_pages/index.html",
        site=site,
        found=LIST.page(site),
        reading=SiteReading.newest(db.session, site.id),
        path_of=path_of,
        coverage=Coverage.counts(db.session, site.id),
    )


@bp.get("/reading")
def reading(slug: str) -> str:
    """Show the form that starts a reading, and the state of the newest one."""
    return _reading_page(site_or_404(slug))


@bp.get("/reading/live")
def live(slug: str) -> ResponseReturnValue:
    """Return the state of the newest website reading, or 204 if `v` is its current tag."""
    site = site_or_404(slug)
    shown = _shown(site)
    if shown["row"] is None or request.args.get("v") == shown["tag"]:
        return "", 204
    return render_template("library/site_pages/_reading.html", site=site, **shown)


@bp.post("/reading")
def start(slug: str) -> ResponseReturnValue:
    """Start a reading of the website, or of the pasted addresses."""
    site = site_or_404(slug)
    url, addresses = request.form.get("url", ""), request.form.get("addresses", "")
    try:
        inventory.start(site, url, g.current_user.name, addresses)
    except ActionRefused as error:
        return _reading_page(site, str(error)), error.status
    return redirect(url_for("site_pages.reading", slug=slug), 303)


@bp.post("/reading/cancel")
def cancel(slug: str) -> ResponseReturnValue:
    """Cancel the reading; what was read is kept."""
    site = site_or_404(slug)
    if not inventory.cancel(site.id):
        flash("This reading has ended already.")
    return redirect(url_for("site_pages.reading", slug=slug), 303)


def _reading_page(site: Row, error: str = "") -> str:
    values = {"url": request.form.get("url", ""), "addresses": request.form.get("addresses", "")}
    return render_template(
        "library/site_pages/reading.html", site=site, error=error, form=values, **_shown(site)
    )


def _shown(site: Row) -> dict[str, Any]:
    """Return the newest reading with its progress, its results, and a tag of all that."""
    row = SiteReading.newest(db.session, site.id)
    left = SitePage.waiting(db.session, site.id, row.id) if row is not None else 0
    found = SitePage.count(db.session, site.id, row.id) if row is not None else 0
    counts = SitePage.state_counts(db.session, site.id)
    tag = f"{row.id}-{row.state}-{row.phase}-{found}-{left}-{row.error}" if row else ""
    slots = worker_slots(db.session)
    tag += f"-{slots}-{row.cancel_requested}" if row else ""
    return {
        "row": row,
        "left": left,
        "listed": found,
        "counts": counts,
        "tag": tag,
        "slots": slots,
    }
