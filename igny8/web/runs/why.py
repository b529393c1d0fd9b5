"""Explain the figures of the Automation page, and check that they are consistent."""

from flask import Blueprint, render_template

from igny8 import clock, progress
from igny8.extensions import db
from igny8.models import Run
from igny8.progress.explain import explain
from igny8.progress.identities import check_identities
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("why", __name__, url_prefix="/sites/<slug>/automation/why")


@bp.get("")
def index(slug: str) -> str:
    """Show what each figure counts, its formula with values, and a check of the identities."""
    site = site_or_404(slug)
    snap = progress.snapshot(site, page=True)
    run = None
    if snap["run"] is not None:
        run = Run.find(db.session, site.id, snap["run"]["run_id"])
    return render_template(
        "runs/why.html",
        site=site,
        snap=snap,
        parts=explain(snap, None if run is None else run.bar_remaining),
        identities=[] if run is None else check_identities(run.id),
        checked_at=clock.now(),
    )
