"""The list of a site's runs, newest first."""

from flask import Blueprint, render_template

from igny8 import progress
from igny8.extensions import db
from igny8.models import ScheduleSkip, Site
from igny8.progress import run_history
from igny8.web.auth.current_user import is_visible_site
from igny8.web.ui.list_page import PER_PAGE
from igny8.web.ui.request_args import row_id_arg
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("run_list", __name__, url_prefix="/sites/<slug>/runs")
MAX_SKIPS = 10


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the runs, newest first, and recently skipped starts."""
    site = site_or_404(slug)
    before = row_id_arg("before")
    runs = progress.history(site, PER_PAGE + 1, before)
    return render_template(
        "runs/run_list.html",
        site=site,
        charts=[] if before else run_history.charts(site),
        spent=run_history.spent_this_month(db.session, site, is_visible_site(Site.id)),
        runs=runs[:PER_PAGE],
        before=before,
        more=len(runs) > PER_PAGE,
        skips=[] if before else ScheduleSkip.latest(db.session, site.id, MAX_SKIPS),
    )
