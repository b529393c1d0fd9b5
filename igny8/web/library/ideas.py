"""Planned articles: the list, and one with its outline."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from igny8.extensions import db
from igny8.models import Cluster, Content, Idea, Task
from igny8.providers.base import FORMATS
from igny8.web.ui.filters import plural
from igny8.web.ui.listing import (
    LIST_STATE_FIELDS,
    choice_arg,
    contains_text,
    list_url,
    paginate,
    search_arg,
    selection,
)
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("ideas", __name__, url_prefix="/sites/<slug>/ideas")
idea, cluster, task, content = Idea.__table__, Cluster.__table__, Task.__table__, Content.__table__
STATUSES = ("new", "queued")
SORTS = {"added": idea.c.id, "title": idea.c.title_key, "words": idea.c.target_words}
BULK_ACTIONS = {
    "disable": "Runs skip them until they are enabled again.",
    "enable": "Runs process them again.",
}


@bp.get("")
def index(slug: str):
    """Show a page of the ideas."""
    site = site_or_404(slug)
    filters = _filters()
    ids = _narrowed(_ids(site), filters)
    found = paginate(ids, _detail, SORTS, filters, "added", idea.c.id, ascending=("title",))
    return render_template(
        "library/ideas/index.html", site=site, found=found, statuses=STATUSES, formats=FORMATS
    )


@bp.get("/<int:idea_id>")
def show(slug: str, idea_id: int):
    """Show an idea with its outline and its keywords."""
    site = site_or_404(slug)
    row = db.session.execute(_detail([idea_id]).where(idea.c.site_id == site.id)).first() or abort(
        404
    )
    return render_template("library/ideas/show.html", site=site, row=row)


@bp.post("/change")
def bulk_action(slug: str):
    """Take ideas out of the pipeline, or put them back: those ticked, or all that fit the filter."""
    site = site_or_404(slug)
    verb, ids = request.form.get("verb"), _ids(site)
    chosen = selection(ids, _narrowed(ids, _filters()), idea.c.id)
    if verb not in BULK_ACTIONS:
        raise BadRequest("Choose what to do with the ideas: disable or enable.")
    back = list_url("ideas.index", slug)
    if chosen.max_id and chosen.count and "sure" not in request.form:
        return render_template(
            "ui/confirm.html",
            site=site,
            chosen=chosen,
            verb=verb,
            one="idea",
            text=BULK_ACTIONS[verb],
            carried=LIST_STATE_FIELDS,
            back=back,
            action=url_for(".bulk_action", slug=slug),
        )
    changed = chosen.apply_in_batches(
        lambda tx, ids: Idea.disable(tx, site.id, ids, verb == "disable")
    )
    flash(f"{plural(changed, 'idea')} {verb}d." if chosen.count else "No ideas selected.")
    return redirect(back, 303)


def _filters() -> dict:
    return {
        "q": search_arg(),
        "status": choice_arg("status", (*STATUSES, "disabled")),
        "format": choice_arg("format", FORMATS),
    }


def _ids(site):
    return select(idea.c.id).where(idea.c.site_id == site.id)


def _narrowed(query, filters: dict):
    if filters["q"]:
        query = query.where(contains_text(idea.c.title_key, filters["q"].casefold()))
    if filters["format"]:
        query = query.where(idea.c.format == filters["format"])
    if filters["status"] == "disabled":
        return query.where(idea.c.disabled.is_(True))
    return query.where(idea.c.status == filters["status"]) if filters["status"] else query


def _detail(ids: list[int]):
    return (
        select(
            idea,
            cluster.c.name.label("cluster_name"),
            task.c.priority,
            task.c.status.label("task_status"),
            task.c.note,
            content.c.id.label("content_id"),
            content.c.status.label("content_status"),
        )
        .join(cluster, cluster.c.id == idea.c.cluster_id)
        .outerjoin(task, task.c.idea_id == idea.c.id)
        .outerjoin(content, content.c.task_id == task.c.id)
        .where(idea.c.id.in_(ids))
    )
