"""The Automation page, the partial that refreshes it, and the verbs of a run."""

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from igny8 import clock, jobs, progress
from igny8.engine.runs import controls, retry, start_run
from igny8.errors import ActionRefused
from igny8.models.membership import MANAGE
from igny8.web.auth.permissions import enforce_rate_limit, require_right
from igny8.web.live.partial_cache import CachedPartial, partial_cache_of
from igny8.web.live.poll_cache import remember
from igny8.web.ui.template_context import site_or_404, wants_partial

bp = Blueprint("automation", __name__, url_prefix="/sites/<slug>/automation")
MAX_CREDITS = 10_000_000
ACTIONS = {
    "run": lambda site, run_id: _start_run(site),
    "pause": lambda site, run_id: controls.pause(site.id, run_id, by=g.current_user.name),
    "resume": lambda site, run_id: controls.resume(site.id, run_id, by=g.current_user.name),
    "cancel": lambda site, run_id: controls.cancel(site.id, run_id, by=g.current_user.name),
    "dismiss": lambda site, run_id: controls.dismiss(site.id, run_id),
    "retry": lambda site, run_id: retry.retry_failed(site.id, run_id, by=g.current_user.name),
    "raise": lambda site, run_id: _raise_cap(site),
}


@bp.get("")
def index(slug: str):
    """Show the page."""
    site = site_or_404(slug)
    return render_template(
        "runs/automation/index.html",
        site=site,
        refusal=None,
        snap=progress.snapshot(site, page=True),
    )


@bp.get("/live")
def live(slug: str):
    """Answer the partial, or 204 when nothing has changed since the tag in `v`."""
    seen, since = request.args.get("v"), clock.monotonic()
    site = site_or_404(slug)
    tag, key = (
        progress.run_tag(site),
        (slug, *sorted(g.current_user.rights), g.current_user.is_superuser),
    )
    remember(key)
    if seen and tag == seen:
        return "", 204
    if tag is None:
        snap = progress.snapshot(site, page=True)
        return ("", 204) if seen == snap["tag"] else _render_partial(site, snap)
    shared = partial_cache_of(current_app)
    picture = shared.find(key, tag, seen, since)
    if picture is None:
        with shared.turn(key):
            picture = shared.find(key, tag, seen, since) or _render_cached(site, key)
    return picture.to(generate_csrf())


@bp.post("/<any(run, pause, resume, cancel, dismiss, retry, raise):verb>")
def run_action(slug: str, verb: str):
    """Say a verb to the run; answer htmx with the partial, a plain form with the way back."""
    site = site_or_404(slug)
    refusal = None
    try:
        ACTIONS[verb](site, request.form.get("run_id") or None)
        jobs.wake_workers()
    except ActionRefused as refused:
        if not wants_partial():
            raise
        refusal = str(refused)
    if wants_partial():
        return _render_partial(site, progress.snapshot(site, page=True), refusal)
    return redirect(url_for("automation.index", slug=slug), 303)


def _start_run(site) -> None:
    """Begin a run, or raise Refused when nothing waits: then nothing is begun, and what is shown stays."""
    enforce_rate_limit("start", max_requests=120, seconds=60)
    start_run.start_run(
        site.id, trigger=g.current_user.trigger, by=g.current_user.name, refuse=True
    )


def _raise_cap(site) -> None:
    """Raise the caps of the site's blocked run by what the form says, and let it go on: who manages the site may."""
    require_right(MANAGE)
    amount, version = _whole_number("credits"), _whole_number("version")
    if not amount or amount > MAX_CREDITS:
        raise ActionRefused(f"Give a whole number of credits from 1 to {MAX_CREDITS:,}.", 422)
    if version is None:
        raise ActionRefused("Reload the page, then raise the cap again.", 422)
    controls.raise_cap(site.id, amount, version, by=g.current_user.name)


def _whole_number(field: str) -> int | None:
    """Return a form field as a number of at most 11 digits, or None if it is something else."""
    text = request.form.get(field, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _render_cached(site, key: tuple) -> CachedPartial:
    """Return the picture of a site's run for all with these rights, made now, without the token of who asked."""
    begun = clock.monotonic()
    snap = progress.snapshot(site, page=True)
    html = _render_partial(site, snap)
    picture = CachedPartial(
        snap["tag"], begun, clock.monotonic() - begun, html.split(generate_csrf())
    )
    if snap["run"] is not None:
        partial_cache_of(current_app).keep(key, picture)
    return picture


def _render_partial(site, snap: dict, refusal: str | None = None) -> str:
    html = render_template("runs/automation/live.html", site=site, snap=snap, refusal=refusal)
    return "\n".join(line for line in map(str.strip, html.splitlines()) if line)
