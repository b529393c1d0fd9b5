"""The list of keywords: filter, sort, take out of the pipeline, put back, delete."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from igny8.extensions import db, writing
from igny8.models import Cluster, Keyword
from igny8.web.filters import plural
from igny8.web.lists import chosen_ids, contains, listing, search, wanted
from igny8.web.surroundings import site_or_404

bp = Blueprint("keywords", __name__, url_prefix="/sites/<slug>/keywords")
keyword, cluster = Keyword.__table__, Cluster.__table__
STATUSES = ("new", "mapped", "unclustered")
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
SORTS = {"volume": keyword.c.volume, "phrase": keyword.c.phrase_key, "difficulty": keyword.c.difficulty,
         "cpc": keyword.c.cpc, "added": keyword.c.id}


@bp.get("")
def index(slug: str):
    """Show a page of the keywords."""
    site = site_or_404(slug)
    filters = {"q": search(), "status": wanted("status", (*STATUSES, "disabled")),
               "intent": wanted("intent", INTENTS)}
    ids = _narrowed(select(keyword.c.id).where(keyword.c.site_id == site.id), filters)
    found = listing(ids, _detail, SORTS, filters, "volume", keyword.c.id, ascending=("phrase",))
    return render_template("keywords/index.html", site=site, found=found, statuses=STATUSES, intents=INTENTS)


@bp.get("/<int:keyword_id>")
def show(slug: str, keyword_id: int):
    """Show all that is known about one keyword."""
    site = site_or_404(slug)
    row = db.session.execute(_detail([keyword_id]).where(keyword.c.site_id == site.id)).first()
    if row is None:
        abort(404)
    return render_template("keywords/show.html", site=site, row=row)


@bp.post("/change")
def change(slug: str):
    """Disable, enable or delete the chosen keywords; deleting asks once more."""
    site = site_or_404(slug)
    ids, verb = chosen_ids(), request.form.get("verb")
    back = redirect(url_for("keywords.index", slug=slug), 303)
    if not ids:
        flash("No keyword was chosen. Tick some first.")
        return back
    if verb == "delete" and "sure" not in request.form:
        return render_template("keywords/delete.html", site=site, ids=ids)
    with writing() as tx:
        flash(_carry_out(tx, site.id, ids, verb))
    return back


def _carry_out(tx, site_id: int, ids: list[int], verb: str | None) -> str:
    if verb == "delete":
        return f"{plural(Keyword.remove(tx, site_id, ids), 'keyword')} deleted."
    if verb not in ("disable", "enable"):
        raise BadRequest("Choose what to do with the keywords: disable, enable or delete.")
    changed = plural(Keyword.disable(tx, site_id, ids, verb == "disable"), "keyword")
    return f"{changed} {'disabled: runs leave them out' if verb == 'disable' else 'enabled'}."


def _narrowed(query, filters: dict):
    if filters["q"]:
        query = query.where(contains(keyword.c.phrase_key, filters["q"].casefold()))
    if filters["status"] == "disabled":
        query = query.where(keyword.c.disabled.is_(True))
    elif filters["status"]:
        query = query.where(keyword.c.status == filters["status"])
    if filters["intent"]:
        query = query.where(keyword.c.intent == filters["intent"])
    return query


def _detail(ids: list[int]):
    return (select(keyword, cluster.c.name.label("cluster_name"))
            .outerjoin(cluster, cluster.c.id == keyword.c.cluster_id).where(keyword.c.id.in_(ids)))
