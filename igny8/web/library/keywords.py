"""The keywords of a site: the list with its bulk actions, one keyword, and the export."""

from functools import partial

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from igny8 import publishing
from igny8.extensions import db
from igny8.importers import FLAGS
from igny8.keyword_fields import fields_shown
from igny8.models import Keyword
from igny8.models.queries import keywords as queries
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.library.keyword_export import EXPORT_COLUMNS, export_rows
from igny8.web.library.ticked_run import run_ticked
from igny8.web.ui.downloads import csv_download
from igny8.web.ui.list_view import BulkAction, ListView
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("keywords", __name__, url_prefix="/sites/<slug>/keywords")
DELETE_WARNING = (
    "They are removed from their clusters. Ideas and articles created from them stay. "
    "This cannot be undone; to exclude them from runs, disable them instead."
)
LIST = ListView(
    "keywords",
    "keyword",
    queries.LIST,
    {
        "disable": BulkAction(
            "Runs skip them until they are enabled again.",
            "disabled: runs skip them",
            Keyword.disable,
        ),
        "enable": BulkAction(
            "Runs process them again.", "enabled", partial(Keyword.disable, disabled=False)
        ),
        "delete": BulkAction(DELETE_WARNING, "deleted", Keyword.remove, always_confirm=True),
    },
)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the keywords."""
    site = site_or_404(slug)
    found = LIST.page(site)
    return render_template(
        "library/keywords/index.html",
        site=site,
        found=found,
        columns=fields_shown("in_list"),
        intents=queries.INTENTS,
    )


@bp.get("/<int:keyword_id>")
def show(slug: str, keyword_id: int) -> str:
    """Show one keyword."""
    site = site_or_404(slug)
    row = queries.find(db.session, site.id, keyword_id) or abort(404)
    variants = queries.variants_of(db.session, row.id)
    return render_template(
        "library/keywords/show.html",
        site=site,
        row=row,
        fields=fields_shown("on_page"),
        idea=queries.covering_idea(db.session, row),
        variants=variants,
        with_variants=queries.volume_with_variants(row, variants),
        history=queries.history_of(db.session, row.id),
        flags=FLAGS,
    )


@bp.get("/export.csv")
def export(slug: str) -> Response:
    """Return all keywords that match the filter as a CSV file, which can be imported again."""
    site = site_or_404(slug)
    enforce_rate_limit("export")
    rows = export_rows(queries.LIST.matching_ids(site.id, LIST.filters()))
    name = f"{publishing.file_name(slug)}-keywords.csv"
    return csv_download(EXPORT_COLUMNS, rows, name)


@bp.post("/change")
def bulk_action(slug: str) -> Response | str:
    """Disable, enable or delete the selected keywords, or run only those."""
    site = site_or_404(slug)
    if request.form.get("verb") == "run":
        return run_ticked(site, stage=1)
    return LIST.bulk_action(site)
