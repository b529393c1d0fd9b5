"""Links for clients: create one for an article or the whole queue, and revoke it."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select
from werkzeug.wrappers import Response

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.models import ClientLink, Content
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("client_links", __name__, url_prefix="/sites/<slug>/settings/client-review")
MAX_DAYS, MAX_CHOICES = 365, 200


@bp.get("")
def index(slug: str) -> str:
    """Show the links and the form for a new one."""
    return _page(site_or_404(slug), Form({"days": "14", "may_decide": "1"}))


@bp.post("")
def create(slug: str) -> ResponseReturnValue:
    """Create a link and show it once."""
    site, form = site_or_404(slug), Form(request.form)
    name = form.text("link_name", "a name", 80)
    days = form.integer("days", 1, MAX_DAYS)
    choices = {"", *(str(row.id) for row in _articles(site))}
    chosen = form.choice("article", choices)
    if form.errors:
        return _page(site, form), 422
    db.session.remove()
    with write_transaction() as tx:
        token = ClientLink.create(
            tx,
            site.id,
            name,
            g.current_user.name,
            clock.now() + timedelta(days=days),
            int(chosen) if chosen else None,
            may_decide="may_decide" in request.form,
        )
    return _page(site, Form({"days": "14"}), url_for("client.index", token=token, _external=True))


@bp.post("/<int:link_id>/revoke")
def revoke(slug: str, link_id: int) -> Response:
    """End a link now."""
    site = site_or_404(slug)
    with write_transaction() as tx:
        done = ClientLink.revoke(tx, site.id, link_id)
    flash("The link does not work any more." if done else "The link had ended already.")
    return redirect(url_for(".index", slug=slug), 303)


def _articles(site: Row[Any]) -> Any:
    query = select(Content.id, Content.title).where(
        Content.site_id == site.id, Content.status == "review", Content.handed_over.is_(True)
    )
    return db.session.execute(query.order_by(Content.handed_over_at).limit(MAX_CHOICES)).all()


def _page(site: Row[Any], form: Form, made: str | None = None) -> str:
    return render_template(
        "settings/client_links.html",
        site=site,
        form=form,
        made=made,
        links=ClientLink.of_site(db.session, site.id),
        articles=_articles(site),
        now=clock.now(),
        max_days=MAX_DAYS,
    )
