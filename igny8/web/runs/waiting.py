"""The subjects waiting in a stage, which a run started now would take."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from sqlalchemy import Row, func, select

from igny8.extensions import db
from igny8.models import Image, RunSettings, Task
from igny8.stages import STAGES
from igny8.web.ui.list_page import PER_PAGE
from igny8.web.ui.request_args import page_arg, page_count
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("waiting", __name__, url_prefix="/sites/<slug>/waiting")
# number of a stage: the endpoint of the page of what waits there, and the name of its id
PAGES = {
    1: ("keywords.show", "keyword_id"),
    2: ("clusters.show", "cluster_id"),
    3: ("ideas.show", "idea_id"),
    4: ("ideas.show", "idea_id"),
    5: ("content.show", "content_id"),
    6: ("article_images.show", "content_id"),
    7: ("content.show", "content_id"),
}
# stages whose subjects have no page: the column of the id of the row that has one
OWNER_COLUMNS = {4: Task.idea_id, 6: Image.content_id}


@bp.get("/<int:stage>")
def show(slug: str, stage: int) -> str:
    """Show a page of the subjects waiting in a stage, by the query that runs use."""
    site = site_or_404(slug)
    if stage not in PAGES:
        abort(404)
    module, settings = STAGES[stage - 1], RunSettings.load(db.session, site.id)
    query = module.waiting_query(site.id, settings)
    count = select(func.count()).select_from(query.order_by(None).subquery())
    total = db.session.execute(count).scalar_one()
    page = page_arg(total, PER_PAGE)
    found = query.subquery()
    ordered = select(found).order_by(found.c.rank, found.c.id)
    rows = db.session.execute(ordered.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return render_template(
        "runs/waiting.html",
        site=site,
        stage_key=module.KEY,
        stage=stage,
        rows=_with_addresses(slug, stage, rows),
        total=total,
        page=page,
        pages=page_count(total, PER_PAGE),
    )


def _with_addresses(slug: str, stage: int, rows: Sequence[Row[Any]]) -> list[tuple[str, str]]:
    """Return (title, address) of the rows."""
    endpoint, name = PAGES[stage]
    owners = {row.id: row.id for row in rows}
    column = OWNER_COLUMNS.get(stage)
    if column is not None:
        ids = column.class_.id
        owners = dict(db.session.execute(select(ids, column).where(ids.in_(owners))).all())
    return [
        (row.title, url_for(endpoint, slug=slug, **{name: owners[row.id]}))
        for row in rows
        if row.id in owners
    ]
