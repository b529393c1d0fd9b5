"""The sources of a site: add a text, a file or a page, list and remove them."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.engine import site_sources
from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import SiteSource
from igny8.models.site_source import MAX_ADDRESS_CHARS, MAX_TITLE_CHARS
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("sources", __name__, url_prefix="/sites/<slug>/settings/sources")
ONE_OF_THREE = "Paste a text, choose a file, or enter an address: one of them."


@bp.get("")
def index(slug: str) -> str:
    """Show the sources and the form for a new one."""
    return _page(site_or_404(slug), Form({}))


@bp.post("")
def add(slug: str) -> ResponseReturnValue:
    """Add a source, or show the form again with the typed text."""
    site, form = site_or_404(slug), Form(request.form)
    enforce_rate_limit("add source")
    title = form.optional_text("title", MAX_TITLE_CHARS)
    address = form.optional_text("address", MAX_ADDRESS_CHARS)
    text = form.value("text").replace("\0", "")
    file = request.files.get("file")
    is_file = file is not None and bool(file.filename)
    if [bool(text.strip()), is_file, bool(address)].count(True) != 1:
        form.message = ONE_OF_THREE
    if form.errors or form.message:
        return _page(site, form), 422
    db.session.remove()  # hold no connection while a file or page is read
    by = g.current_user.name
    try:
        if file is not None and file.filename:
            data = file.stream.read(site_sources.MAX_FILE_BYTES + 1)
            site_sources.add_file(site, title, file.filename, data, by)
        elif address:
            site_sources.add_page(site, title, address, by)
        else:
            site_sources.add_text(site, title, text, by)
    except ActionRefused as error:
        form.message = str(error)
        return _page(site, form), error.status
    flash("The source was added. Articles that are written from now on can cite it.")
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/<int:source_id>/remove")
def remove(slug: str, source_id: int) -> Response:
    """Remove a source; articles that cite it are unchanged."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        done = SiteSource.remove(tx, site.id, source_id)
    flash("The source was removed." if done else "The source had been removed already.")
    return redirect(url_for(".index", slug=slug), 303)


def _page(site: Row, form: Form) -> str:
    rows = SiteSource.of_site(db.session, site.id)
    return render_template(
        "settings/sources.html",
        site=site,
        form=form,
        sources=rows,
        total_chars=sum(row.chars for row in rows),
        limits=site_sources,
    )
