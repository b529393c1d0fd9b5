"""The topics of a site, with their keywords and the ideas that came of them."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.exceptions import BadRequest

from igny8.extensions import db
from igny8.models import Cluster, Content, Idea, Keyword, cluster_totals, ideas_by_keyword
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

bp = Blueprint("clusters", __name__, url_prefix="/sites/<slug>/clusters")
cluster, keyword, idea, content = (
    Cluster.__table__,
    Keyword.__table__,
    Idea.__table__,
    Content.__table__,
)
STATUSES = ("new", "mapped")
MAX_KEYWORDS = 500
# what is said before all that fit are changed, what is done, what is said afterwards
BULK_ACTIONS = {
    "disable": ("Runs skip them until they are enabled again.", Cluster.disable, "disabled"),
    "enable": ("Runs process them again.", partial(Cluster.disable, disabled=False), "enabled"),
    "plan": (
        "The next run plans more ideas for keywords that are not covered yet.",
        Cluster.request_more_ideas,
        "will get more ideas in the next run",
    ),
}


@bp.get("")
def index(slug: str):
    """Show a page of the clusters."""
    site = site_or_404(slug)
    numbers = cluster_totals(site.id)
    sorts = {
        "volume": numbers.c.volume,
        "keywords": numbers.c.keywords,
        "difficulty": numbers.c.difficulty,
        "name": cluster.c.name,
        "added": cluster.c.id,
    }
    filters = _filters()
    ids = _narrowed(_ids(site), filters)
    join = (numbers, numbers.c.cluster_id == cluster.c.id)
    found = paginate(
        ids,
        lambda chosen: _detail(site.id, chosen),
        sorts,
        filters,
        "volume",
        cluster.c.id,
        ascending=("name",),
        joins=dict.fromkeys(("volume", "keywords", "difficulty"), join),
    )
    return render_template("library/clusters/index.html", site=site, found=found, statuses=STATUSES)


@bp.get("/<int:cluster_id>")
def show(slug: str, cluster_id: int):
    """Show a cluster with its keywords, ideas and content."""
    site = site_or_404(slug)
    row = db.session.execute(_detail(site.id, [cluster_id])).first() or abort(404)
    members = db.session.execute(
        select(keyword)
        .where(keyword.c.cluster_id == cluster_id)
        .order_by(Keyword.demand().desc().nulls_last(), keyword.c.phrase_key)
        .limit(MAX_KEYWORDS)
    ).all()
    ideas = db.session.execute(
        select(idea).where(idea.c.cluster_id == cluster_id).order_by(idea.c.id)
    ).all()
    texts = db.session.execute(
        select(content.c.id, content.c.title, content.c.status)
        .where(content.c.cluster_id == cluster_id)
        .order_by(content.c.id)
    ).all()
    covered = ideas_by_keyword(ideas)
    left = sum(member.id not in covered for member in members if not member.disabled)
    return render_template(
        "library/clusters/show.html",
        site=site,
        row=row,
        members=members,
        ideas=ideas,
        texts=texts,
        covered=covered,
        left=left,
    )


@bp.post("/change")
def bulk_action(slug: str):
    """Take clusters out of the pipeline, put them back or plan more ideas: those ticked, or all that fit the filter."""
    site = site_or_404(slug)
    verb, ids = request.form.get("verb"), _ids(site)
    chosen = selection(ids, _narrowed(ids, _filters()), cluster.c.id)
    if verb not in BULK_ACTIONS:
        raise BadRequest("Choose what to do with the clusters: disable, enable, plan more ideas.")
    back = list_url("clusters.index", slug)
    if chosen.max_id and chosen.count and "sure" not in request.form:
        return render_template(
            "ui/confirm.html",
            site=site,
            chosen=chosen,
            verb=verb,
            one="cluster",
            text=BULK_ACTIONS[verb][0],
            carried=LIST_STATE_FIELDS,
            back=back,
            action=url_for(".bulk_action", slug=slug),
        )
    changed = chosen.apply_in_batches(lambda tx, ids: BULK_ACTIONS[verb][1](tx, site.id, ids))
    flash(
        f"{plural(changed, 'cluster')} {BULK_ACTIONS[verb][2]}."
        if chosen.count
        else "No clusters selected."
    )
    return redirect(back, 303)


def _filters() -> dict:
    return {"q": search_arg(), "status": choice_arg("status", (*STATUSES, "disabled"))}


def _ids(site):
    return select(cluster.c.id).where(cluster.c.site_id == site.id)


def _narrowed(query, filters: dict):
    if filters["q"]:
        query = query.where(contains_text(cluster.c.name, filters["q"]))
    if filters["status"] == "disabled":
        return query.where(cluster.c.disabled.is_(True))
    return query.where(cluster.c.status == filters["status"]) if filters["status"] else query


def _detail(site_id: int, ids: list[int]):
    numbers = (
        select(
            keyword.c.cluster_id,
            func.count().label("keywords"),
            func.sum(Keyword.demand()).label("volume"),
            func.count(keyword.c.volume).label("searched"),
            func.sum(keyword.c.clicks).label("clicks"),
            func.avg(keyword.c.difficulty).label("difficulty"),
        )
        .where(keyword.c.cluster_id.in_(ids))
        .group_by(keyword.c.cluster_id)
        .subquery()
    )
    ideas = (
        select(idea.c.cluster_id, func.count().label("ideas"))
        .where(idea.c.cluster_id.in_(ids))
        .group_by(idea.c.cluster_id)
        .subquery()
    )
    return (
        select(
            cluster,
            numbers.c.keywords,
            numbers.c.volume,
            numbers.c.searched,
            numbers.c.clicks,
            numbers.c.difficulty,
            ideas.c.ideas,
        )
        .outerjoin(numbers, numbers.c.cluster_id == cluster.c.id)
        .outerjoin(ideas, ideas.c.cluster_id == cluster.c.id)
        .where(cluster.c.site_id == site_id, cluster.c.id.in_(ids))
    )
