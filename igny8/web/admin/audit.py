"""The audit log of the installation, for its administrators."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from igny8.extensions import db
from igny8.models.queries import audit_entries
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.ui.downloads import csv_download
from igny8.web.ui.list_page import paginate
from igny8.web.ui.request_args import choice_arg, search_arg

bp = Blueprint("audit", __name__, url_prefix="/admin")
MAX_ROWS = 50_000


@bp.get("/audit")
def index() -> str:
    """Show a page of the log, newest entry first."""
    filters = _filters()
    found = paginate(
        audit_entries.matching_ids(filters),
        audit_entries.entry.c.id,
        audit_entries.rows,
        audit_entries.SORTS,
        filters,
    )
    return render_template("admin/audit.html", found=found)


@bp.get("/audit.csv")
def export() -> Response:
    """Return the entries that match the filter as CSV, newest first."""
    enforce_rate_limit("export")
    rows = audit_entries.export(db.session, _filters(), MAX_ROWS)
    return csv_download(audit_entries.EXPORT_COLUMNS, rows, "igny8-audit.csv")


def _filters() -> dict[str, str]:
    return {"q": search_arg(), "status": choice_arg("status", audit_entries.OUTCOMES)}
