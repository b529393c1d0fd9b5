"""Two runs of a site side by side."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from igny8 import progress
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("compare", __name__, url_prefix="/sites/<slug>/runs/compare")


@bp.get("")
def show(slug: str) -> Response | str:
    """Show the two selected runs, the earlier one first."""
    site = site_or_404(slug)
    found = [progress.run_detail(site, run_id) for run_id in request.args.getlist("run")[:2]]
    snaps = sorted((s for s in found if s is not None), key=lambda snap: snap["run"]["number"])
    if len(snaps) != 2:
        flash("Select two runs to compare them.")
        return redirect(url_for("run_list.index", slug=slug), 303)
    return render_template("runs/compare.html", site=site, snaps=snaps)
