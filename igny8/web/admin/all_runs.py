"""All sites of the installation with their runs, and actions on these for administrators."""

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from igny8 import jobs, progress
from igny8.engine.runs import controls, start_run
from igny8.errors import ActionRefused
from igny8.models import Site
from igny8.upkeep import last_backup, sizes

bp = Blueprint("all_runs", __name__, url_prefix="/admin")
ACTIONS: dict[str, Callable] = {
    "run": lambda row, by: start_run.start_run(row.id, trigger="admin", by=by, refuse=True)[1],
    "pause": lambda row, by: controls.pause(row.id, by=by),
    "resume": lambda row, by: controls.resume(row.id, by=by),
    "cancel": lambda row, by: controls.cancel(row.id, by=by),
}
RESULTS = {
    "run": "run started.",
    "pause": "run is pausing.",
    "resume": "run resumed.",
    "cancel": "run is being cancelled.",
}


@bp.get("")
def index() -> str:
    """Show all sites with their runs."""
    return render_template(
        "admin/all_runs.html",
        overview=progress.sites_overview(),
        open_states=("running", "queued"),
        backup=last_backup.load(),
        sizes=sizes.load().labelled,
    )


@bp.post("/sites/<int:site_id>/<any(run, pause, resume, cancel):verb>")
def run_action(site_id: int, verb: str) -> Response:
    """Start, pause, resume or cancel the run of any site."""
    row = Site.find(site_id)
    if row is None:
        raise ActionRefused("This site no longer exists.", 404)
    g.audit_detail = row.name
    changed = ACTIONS[verb](row, g.current_user.name)
    jobs.wake_workers()
    flash(f"{row.name}: {RESULTS[verb] if changed else 'nothing was changed.'}")
    return redirect(url_for(".index"), 303)
