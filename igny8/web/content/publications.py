"""Publish articles: one at one target, all approved ones, or by hand."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8 import clock
from igny8.engine.publications import actions
from igny8.engine.publications.approved import queue_approved
from igny8.engine.publications.kinds import KINDS
from igny8.engine.publications.nightly_check import request_check
from igny8.extensions import db, write_transaction
from igny8.models import Publication, PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.publication import ACTIVE
from igny8.models.queries import articles
from igny8.models.queries import publications as queries
from igny8.web.ui.filters import plural
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404
from igny8.web.ui.time_filters import upcoming_time

bp = Blueprint("publications", __name__, url_prefix="/sites/<slug>/content")
NO_TARGET = "There is no such publishing target on this site."
IN_WORK = "This article is being published there already."


@bp.post("/<int:content_id>/publish")
def publish(slug: str, content_id: int) -> Response:
    """Queue an article for a target."""
    site = site_or_404(slug)
    _find(site, content_id)
    target, wanted = _target(site), _wanted()
    overwrite = request.form.get("overwrite") == "1"
    with write_transaction() as tx:
        queued = Publication.request(
            tx, site.id, content_id, target.id, g.current_user.name, wanted, overwrite
        )
    flash(f"Queued for {target.name}." if queued else IN_WORK)
    return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)


@bp.post("/<int:content_id>/published")
def mark_published(slug: str, content_id: int) -> Response:
    """Store that a person published an article by hand."""
    site = site_or_404(slug)
    _find(site, content_id)
    form = Form(request.form)
    url = form.web_address("url", 2000)
    if not url or form.errors:
        raise BadRequest("Enter the address of the page, such as https://www.example.com/page.")
    with write_transaction() as tx:
        target_id = PublishingTarget.by_hand(tx, site.id)
        name = g.current_user.name
        Publication.mark_published(tx, site.id, content_id, target_id, name, url)
    flash("Marked as published.")
    return redirect(url_for("content.show", slug=slug, content_id=content_id), 303)


@bp.post("/<int:content_id>/schedule")
def schedule(slug: str, content_id: int) -> Response:
    """Schedule an article at a target for a time of the site's time zone."""
    site = site_or_404(slug)
    _find(site, content_id)
    target = _target(site)
    form = Form(request.form)
    publish_at = form.local_time("publish_at", site.time_zone)
    if form.errors or publish_at <= clock.now():
        raise BadRequest("Enter a day and a time in the future.")
    with write_transaction() as tx:
        name = g.current_user.name
        done = actions.schedule(tx, site.id, content_id, target, name, publish_at)
    flash(f"Scheduled for {upcoming_time(publish_at)} at {target.name}." if done else IN_WORK)
    return redirect(_page(slug, content_id), 303)


@bp.post("/<int:content_id>/unpublish")
def unpublish(slug: str, content_id: int) -> Response:
    """Request the removal of a published article from a target."""
    site = site_or_404(slug)
    _find(site, content_id)
    target = _any_target(site)
    with write_transaction() as tx:
        done = actions.unpublish(tx, site.id, content_id, target, g.current_user.name)
    flash(f"It is taken away from {target.name}." if done else "Nothing is published there.")
    return redirect(_page(slug, content_id), 303)


@bp.post("/<int:content_id>/check")
def check(slug: str, content_id: int) -> Response:
    """Request a check whether an article is unchanged at a target."""
    site = site_or_404(slug)
    _find(site, content_id)
    target = _target(site)
    with write_transaction() as tx:
        done = request_check(tx, site.id, content_id, target.id)
    flash("It is checked now; reload the page in a moment." if done else IN_WORK)
    return redirect(_page(slug, content_id), 303)


@bp.post("/publish-approved")
def publish_approved(slug: str) -> Response:
    """Queue all approved articles that a target lacks."""
    site = site_or_404(slug)
    target = _target(site)
    count = queue_approved(site.id, target.id, g.current_user.name, _wanted())
    flash(
        f"{plural(count, 'article')} queued for {target.name}."
        if count
        else f"All approved articles are at {target.name} already, or on their way."
    )
    return redirect(url_for("content.index", slug=slug), 303)


@bp.get("/<int:content_id>/publications")
def live(slug: str, content_id: int) -> ResponseReturnValue:
    """Return the publications of an article, or 204 if nothing changed since the tag in `v`."""
    site = site_or_404(slug)
    row = _find(site, content_id)
    context = publication_context(site, content_id)
    if request.args.get("v") == context["tag"]:
        return "", 204
    return render_template("content/content/_publications.html", site=site, row=row, **context)


def publication_context(site: Row, content_id: int) -> dict[str, Any]:
    """Return the variables of _publications.html for an article."""
    rows = queries.of_article(db.session, site.id, content_id)
    ids = [row.id for row in rows if row.id is not None]
    events = queries.events(db.session, ids)
    active = [row for row in rows if row.state in ACTIVE]
    return {
        "publications": rows,
        "publication_events": events,
        "active_publications": active,
        "kinds": KINDS,
        "active_states": ACTIVE,
        "tag": f"{events[0].id if events else 0}-{len(rows)}",
    }


def _find(site: Row, content_id: int) -> Row:
    return articles.find(db.session, site.id, content_id) or abort(404)


def _page(slug: str, content_id: int) -> str:
    return url_for("content.show", slug=slug, content_id=content_id)


def _target(site: Row) -> Row:
    """Return the target in the form; it must be one that IGNY8 sends articles to."""
    row = _any_target(site)
    if not KINDS[row.kind].is_sent_to:
        abort(404, NO_TARGET)
    return row


def _any_target(site: Row) -> Row:
    sent = request.form.get("target_id", "")
    row = PublishingTarget.find(db.session, site.id, int(sent)) if is_row_id(sent) else None
    return row or abort(404, NO_TARGET)


def _wanted() -> str:
    wanted = request.form.get("wanted", "publish")
    if wanted not in ("publish", "draft"):
        raise BadRequest("Choose whether to publish the article or to send it as a draft.")
    return wanted
