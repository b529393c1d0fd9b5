"""The Automation page, the partial that refreshes it, and the actions on a run."""

import re

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Row

from igny8 import clock, jobs, progress
from igny8.engine.runs import controls, retry, start_run
from igny8.errors import ActionRefused
from igny8.models.membership import MANAGE
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.auth.permissions import require_right
from igny8.web.runs.partial_cache import CachedPartial, partial_cache_of
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404, wants_partial

bp = Blueprint("automation", __name__, url_prefix="/sites/<slug>/automation")
MAX_RAISE_DOLLARS = 1_000
MAX_FIRST_ARTICLES = 10_000
BLOCK = "(?:li|[uod]l|d[td]|div|section|article|header|p|h[1-3]|details|svg|g|text)"
# white space of the templates before and after the tags of elements that begin a line of their own
BEFORE_BLOCK = re.compile(rf"\s+(?=</?{BLOCK}[ >])")
AFTER_BLOCK = re.compile(rf"(</?{BLOCK}(?: [^<>]*)?>)\s+")
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
def index(slug: str) -> ResponseReturnValue:
    """Show the page; its links are relative to its address without a final slash."""
    site = site_or_404(slug)
    if request.path.endswith("/"):
        return redirect(url_for("automation.index", slug=slug))
    return render_template(
        "runs/automation/index.html",
        site=site,
        refusal=None,
        snap=progress.snapshot(site, page=True),
    )


@bp.get("/live")
def live(slug: str) -> ResponseReturnValue:
    """Return the partial, or 204 if its tag is still `v`."""
    site, shown = site_or_404(slug), request.args.get("v")
    tag = progress.run_tag(site)
    if tag is None:
        snap = progress.snapshot(site, page=True)
        return ("", 204) if shown == snap["tag"] else _render_partial(site, snap)
    if tag == shown:
        return "", 204
    return _shared_partial(site, tag, shown).with_token(generate_csrf())


@bp.post("/<any(run, pause, resume, cancel, dismiss, retry, raise):verb>")
def run_action(slug: str, verb: str) -> ResponseReturnValue:
    """Apply an action to the run; return the partial to htmx, a redirect to plain forms."""
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


def _start_run(site: Row) -> None:
    """Start a run, or raise ActionRefused if nothing is waiting."""
    enforce_rate_limit("start")
    first = None
    if "first" in request.form:
        first = _whole_number("first")
        if not first or first > MAX_FIRST_ARTICLES:
            most = f"{MAX_FIRST_ARTICLES:,}"
            raise ActionRefused(f"Enter a whole number of articles from 1 to {most}.", 422)
    start_run.start_run(
        site.id, trigger=g.current_user.trigger, by=g.current_user.name, refuse=True, first=first
    )


def _raise_cap(site: Row) -> None:
    """Raise the caps of the blocked run by the amount in the form, and resume it."""
    require_right(MANAGE)
    form, version = Form(request.form), _whole_number("version")
    amount = form.dollars("dollars", MAX_RAISE_DOLLARS)
    if form.errors:
        raise ActionRefused(form.errors["dollars"], 422)
    if version is None:
        raise ActionRefused("Reload the page, then raise the cap again.", 422)
    controls.raise_cap(site.id, amount, version, by=g.current_user.name)


def _whole_number(field: str) -> int | None:
    """Return a form field as a number of at most 11 digits, or None if invalid."""
    text = request.form.get(field, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _shared_partial(site: Row, tag: str, shown: str | None) -> CachedPartial:
    """Return the partial of an open run, rendered by this or another request."""
    key = (site.slug, *sorted(g.current_user.rights), g.current_user.is_superuser)
    cache = partial_cache_of(current_app)
    return cache.get(key, tag, shown, lambda: _render_to_share(site))


def _render_to_share(site: Row) -> CachedPartial:
    """Return the partial without the CSRF token of this user."""
    started = clock.monotonic()
    snap = progress.snapshot(site, page=True)
    return CachedPartial(snap["tag"], started, _render_partial(site, snap).split(generate_csrf()))


def _render_partial(site: Row, snap: dict, refusal: str | None = None) -> str:
    html = render_template("runs/automation/live.html", site=site, snap=snap, refusal=refusal)
    lines = "\n".join(line for line in map(str.strip, html.splitlines()) if line)
    return AFTER_BLOCK.sub(r"\1", BEFORE_BLOCK.sub("", lines))
