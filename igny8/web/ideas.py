"""Planned articles: the list, and one with its outline."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from igny8.extensions import db, writing
from igny8.models import Cluster, Content, Idea, Task
from igny8.providers.base import FORMATS
from igny8.web.filters import plural
from igny8.web.lists import chosen_ids, contains, listing, search, wanted
from igny8.web.surroundings import site_or_404

bp = Blueprint("ideas", __name__, url_prefix="/sites/<slug>/ideas")
idea, cluster, task, content = Idea.__table__, Cluster.__table__, Task.__table__, Content.__table__
STATUSES = ("new", "queued")
SORTS = {"added": idea.c.id, "title": idea.c.title_key, "words": idea.c.target_words}


@bp.get("")
def index(slug: str):
    """Show a page of the ideas."""
    site = site_or_404(slug)
    filters = {"q": search(), "status": wanted("status", (*STATUSES, "disabled")),
               "format": wanted("format", FORMATS)}
    ids = _narrowed(select(idea.c.id).where(idea.c.site_id == site.id), filters)
    found = listing(ids, _detail, SORTS, filters, "added", idea.c.id, ascending=("title",))
    return render_template("ideas/index.html", site=site, found=found, statuses=STATUSES, formats=FORMATS)


@bp.get("/<int:idea_id>")
def show(slug: str, idea_id: int):
    """Show an idea with its outline and its keywords."""
    site = site_or_404(slug)
    row = db.session.execute(_detail([idea_id]).where(idea.c.site_id == site.id)).first() or abort(404)
    return render_template("ideas/show.html", site=site, row=row)


@bp.post("/change")
def change(slug: str):
    """Take the chosen ideas out of the pipeline, or put them back."""
    site = site_or_404(slug)
    ids, verb = chosen_ids(), request.form.get("verb")
    if verb not in ("disable", "enable"):
        raise BadRequest("Choose what to do with the ideas: disable or enable.")
    with writing() as tx:
        changed = Idea.disable(tx, site.id, ids, verb == "disable")
    flash(f"{plural(changed, 'idea')} {verb}d." if ids else "No idea was chosen. Tick some first.")
    return redirect(url_for("ideas.index", slug=slug), 303)


def _narrowed(query, filters: dict):
    if filters["q"]:
        query = query.where(contains(idea.c.title_key, filters["q"].casefold()))
    if filters["format"]:
        query = query.where(idea.c.format == filters["format"])
    if filters["status"] == "disabled":
        return query.where(idea.c.disabled.is_(True))
    return query.where(idea.c.status == filters["status"]) if filters["status"] else query


def _detail(ids: list[int]):
    return (select(idea, cluster.c.name.label("cluster_name"), task.c.priority, task.c.status.label("task_status"),
                   task.c.note, content.c.id.label("content_id"), content.c.status.label("content_status"))
            .join(cluster, cluster.c.id == idea.c.cluster_id)
            .outerjoin(task, task.c.idea_id == idea.c.id)
            .outerjoin(content, content.c.task_id == task.c.id).where(idea.c.id.in_(ids)))
