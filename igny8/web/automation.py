"""The Automation page, the partial that refreshes it, and the verbs of a run."""

from flask import Blueprint, redirect, render_template, request, url_for

from igny8 import jobs, progress
from igny8.engine import begin, controls, retry
from igny8.errors import Refused
from igny8.web.surroundings import remember_site, site_or_404, wants_partial

bp = Blueprint("automation", __name__, url_prefix="/sites/<slug>/automation")
VERBS = {
    "run": lambda site, run_id: begin.run_now(site.id, trigger="manual", by="owner"),
    "pause": lambda site, run_id: controls.pause(site.id, run_id),
    "resume": lambda site, run_id: controls.resume(site.id, run_id),
    "cancel": lambda site, run_id: controls.cancel(site.id, run_id),
    "dismiss": lambda site, run_id: controls.dismiss(site.id, run_id),
    "retry": lambda site, run_id: retry.retry_failed(site.id, run_id),
}


@bp.get("")
def index(slug: str):
    """Show the page."""
    site = site_or_404(slug)
    return render_template("automation/index.html", site=site, refusal=None,
                           snap=progress.snapshot(site, page=True))


@bp.get("/live")
def live(slug: str):
    """Answer the partial, or 204 when nothing has changed since the tag in `v`."""
    seen = request.args.get("v")
    row, tag = progress.glance(slug)
    site = remember_site(row)
    if seen and tag == seen:
        return "", 204
    snap = progress.snapshot(site, page=True)
    return ("", 204) if seen == snap["tag"] else _partial(site, snap)


@bp.post("/<any(run, pause, resume, cancel, dismiss, retry):verb>")
def say(slug: str, verb: str):
    """Say a verb to the run; answer htmx with the partial, a plain form with the way back."""
    site = site_or_404(slug)
    refusal = None
    try:
        VERBS[verb](site, request.form.get("run_id") or None)
        jobs.ring()
    except Refused as refused:
        if not wants_partial():
            raise
        refusal = str(refused)
    if wants_partial():
        return _partial(site, progress.snapshot(site, page=True), refusal)
    return redirect(url_for("automation.index", slug=slug), 303)


def _partial(site, snap: dict, refusal: str | None = None) -> str:
    return render_template("automation/live.html", site=site, snap=snap, refusal=refusal)
