"""The list of keywords: filter, sort, take along, take out of the pipeline, put back, delete."""

import tempfile
from functools import partial

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, Select, select
from werkzeug.exceptions import BadRequest

from igny8 import publishing
from igny8.extensions import db
from igny8.importers import FLAGS
from igny8.models import (
    Cluster,
    Idea,
    Keyword,
    KeywordChange,
    KeywordImport,
    KeywordVariant,
    ideas_by_keyword,
)
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.library.keyword_export import EXPORT_COLUMNS, export_rows, trend_points
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

bp = Blueprint("keywords", __name__, url_prefix="/sites/<slug>/keywords")
keyword, cluster, idea = Keyword.__table__, Cluster.__table__, Idea.__table__
STATUSES = ("new", "mapped", "unclustered")
INTENTS = ("informational", "commercial", "transactional", "navigational", "local")
SORTS = {
    "volume": Keyword.demand(),
    "phrase": keyword.c.phrase_key,
    "difficulty": keyword.c.difficulty,
    "cpc": keyword.c.cpc,
    "added": keyword.c.id,
}
HISTORY_ROWS = 50
SPOOL_BYTES = 4 * 1024 * 1024
# what is said before all that fit are changed, what is done, what is said afterwards
BULK_ACTIONS = {
    "disable": (
        "Runs leave them out until they are enabled again.",
        Keyword.disable,
        "disabled: runs leave them out",
    ),
    "enable": ("Runs take them again.", partial(Keyword.disable, disabled=False), "enabled"),
    "delete": (
        "They leave their clusters. Ideas and content that were made of them stay. This cannot "
        "be undone; to leave them out of runs, disable them instead.",
        Keyword.remove,
        "deleted",
    ),
}


@bp.get("")
def index(slug: str) -> ResponseReturnValue:
    """Show a page of the keywords."""
    site = site_or_404(slug)
    filters = _filters()
    ids = _narrowed(_ids(site), filters)
    found = paginate(ids, _detail, SORTS, filters, "volume", keyword.c.id, ascending=("phrase",))
    return render_template(
        "library/keywords/index.html", site=site, found=found, statuses=STATUSES, intents=INTENTS
    )


@bp.get("/<int:keyword_id>")
def show(slug: str, keyword_id: int) -> ResponseReturnValue:
    """Show all that is known about one keyword."""
    site = site_or_404(slug)
    row = db.session.execute(_detail([keyword_id]).where(keyword.c.site_id == site.id)).first()
    if row is None:
        abort(404)
    ideas = (
        db.session.execute(select(idea).where(idea.c.cluster_id == row.cluster_id)).all()
        if row.cluster_id
        else []
    )
    return render_template(
        "library/keywords/show.html",
        site=site,
        row=row,
        idea=ideas_by_keyword(ideas).get(row.id),
        variants=_variants(row.id),
        history=_history(row),
        points=trend_points(row.trend),
        flags=FLAGS,
    )


def _variants(keyword_id: int) -> list:
    """Return the other spellings of a keyword, the most searched first."""
    return db.session.execute(
        select(KeywordVariant.__table__)
        .where(KeywordVariant.keyword_id == keyword_id)
        .order_by(KeywordVariant.volume.desc().nulls_last(), KeywordVariant.id)
    ).all()


def _history(row: Row) -> list[dict]:
    """Return the volumes of a keyword, the newest first: when each came, and from which import."""
    change, intake = KeywordChange.__table__, KeywordImport.__table__
    changes = db.session.execute(
        select(change, intake.c.filename)
        .outerjoin(intake, intake.c.id == change.c.import_id)
        .where(change.c.keyword_id == row.id)
        .order_by(change.c.id.desc())
        .limit(HISTORY_ROWS)
    ).all()
    return [
        {"at": one.created_at, "filename": one.filename, "import_id": one.import_id}
        | {"old": one.old, "new": one.new}
        for one in changes
    ]


@bp.get("/export.csv")
def export(slug: str) -> ResponseReturnValue:
    """Answer all keywords that fit the filter as a CSV file, which can be imported again."""
    site = site_or_404(slug)
    enforce_rate_limit("export", max_requests=30, seconds=60)
    target = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 - closed when the answer has been sent
    publishing.to_csv(EXPORT_COLUMNS, export_rows(_narrowed(_ids(site), _filters())), target)
    target.seek(0)
    return send_file(
        target,
        mimetype="text/csv",
        as_attachment=True,
        download_name=f"{publishing.file_name(slug)}-keywords.csv",
    )


@bp.post("/change")
def bulk_action(slug: str) -> ResponseReturnValue:
    """Disable, enable or delete keywords: those ticked, or all that fit the filter."""
    site = site_or_404(slug)
    verb, ids = request.form.get("verb"), _ids(site)
    chosen = selection(ids, _narrowed(ids, _filters()), keyword.c.id)
    if verb not in BULK_ACTIONS:
        raise BadRequest("Choose what to do with the keywords: disable, enable or delete.")
    back = list_url("keywords.index", slug)
    if chosen.count and "sure" not in request.form and (chosen.max_id or verb == "delete"):
        return render_template(
            "ui/confirm.html",
            site=site,
            chosen=chosen,
            verb=verb,
            one="keyword",
            text=BULK_ACTIONS[verb][0],
            carried=LIST_STATE_FIELDS,
            back=back,
            action=url_for(".bulk_action", slug=slug),
        )
    changed = chosen.apply_in_batches(lambda tx, ids: BULK_ACTIONS[verb][1](tx, site.id, ids))
    flash(
        f"{plural(changed, 'keyword')} {BULK_ACTIONS[verb][2]}."
        if chosen.count
        else "No keyword was chosen. Tick some first."
    )
    return redirect(back, 303)


def _filters() -> dict:
    return {
        "q": search_arg(),
        "status": choice_arg("status", (*STATUSES, "disabled")),
        "intent": choice_arg("intent", INTENTS),
    }


def _ids(site: Row) -> Select:
    return select(keyword.c.id).where(keyword.c.site_id == site.id)


def _narrowed(query: Select, filters: dict) -> Select:
    if filters["q"]:
        query = query.where(contains_text(keyword.c.phrase_key, filters["q"].casefold()))
    if filters["status"] == "disabled":
        query = query.where(keyword.c.disabled.is_(True))
    elif filters["status"]:
        query = query.where(keyword.c.status == filters["status"])
    if filters["intent"]:
        query = query.where(keyword.c.intent == filters["intent"])
    return query


def _detail(ids: list[int]) -> Select:
    return (
        select(
            keyword,
            Keyword.demand().label("demand"),
            cluster.c.name.label("cluster_name"),
            cluster.c.status.label("cluster_status"),
        )
        .outerjoin(cluster, cluster.c.id == keyword.c.cluster_id)
        .where(keyword.c.id.in_(ids))
    )
