"""The JSON API: the same snapshot and the same verbs as the page."""

from flask import Blueprint, current_app, g, jsonify, request
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from igny8 import jobs, progress
from igny8.engine.runs import controls, retry, start_run
from igny8.extensions import db
from igny8.models import Run, Site
from igny8.models.run_event import LEVELS
from igny8.web.api.openapi import DOCUMENT
from igny8.web.auth.current_user import is_visible_site, limit_api_requests, load_site
from igny8.web.auth.permissions import (
    SAFE_METHODS,
    enforce_rate_limit,
    require_right,
    required_right,
)
from igny8.web.http.csrf import csrf

bp = Blueprint("api", __name__, url_prefix="/api/v1")
MAX_LIMIT = 500


@bp.before_request
def limit_request_rate() -> None:
    """Refuse who asks without a pause; what changes something has a limit of its own, which all processes share."""
    if request.method in SAFE_METHODS and g.current_user is not None:
        limit_api_requests()


@bp.before_request
def reject_unknown_bodies() -> None:
    """Refuse a body that is neither a form nor JSON."""
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    if (
        request.method == "POST"
        and (request.content_length or 0) > 0
        and request.mimetype not in kinds
    ):
        raise UnsupportedMediaType("Send a form, or JSON as application/json.")


@bp.before_request
def require_csrf_token() -> None:
    """Refuse what a browser sends by its cookie without the token of a page; programs have tokens of their own."""
    if (
        request.method not in SAFE_METHODS
        and g.current_user.scope is None
        and current_app.config.get("WTF_CSRF_ENABLED", True)
    ):
        csrf.protect()


@bp.get("/openapi.json")
def openapi():
    """Answer the description of this API."""
    return jsonify(DOCUMENT)


@bp.get("/sites/")
def sites():
    """Answer the sites that the token may know of, each with its run of the moment."""
    return jsonify(sites=progress.sites_overview(is_visible_site(Site.id)))


@bp.get("/automation/run_progress/")
def run_progress():
    """Answer the snapshot of a run: the one named, else the open one, else the latest."""
    site = _load_site()
    run_id = request.args.get("run_id")
    snap = progress.snapshot(site, run_id)
    if run_id and snap["run"] is None:
        raise NotFound(f"There is no run {run_id[:40]} on this site.")
    return jsonify(snap)


@bp.get("/automation/pipeline_overview/")
def pipeline_overview():
    """Answer what waits in each stage now."""
    site = _load_site()
    ahead = progress.estimate(site)
    return jsonify(
        site=_site_json(site),
        waiting_items=ahead["waiting_items"],
        waiting_stages=ahead["waiting_stages"],
        stages=ahead["stages"],
    )


@bp.get("/automation/estimate/")
def estimate():
    """Answer what a run begun now would make, take and cost."""
    site = _load_site()
    return jsonify(site=_site_json(site), **progress.estimate(site))


@bp.get("/automation/history/")
def history():
    """Answer the runs of the site, newest first; `before` a run's number leads on."""
    site = _load_site()
    return jsonify(
        site=_site_json(site),
        runs=progress.history(site, _integer_arg("limit", 50), _integer_arg("before")),
    )


@bp.get("/automation/logs/")
def logs():
    """Answer the log of a run, newest first; `before` an id leads on."""
    site = _load_site()
    run_id = request.args.get("run_id") or _bad_request("Say which run: ?run_id=…")
    row = Run.find(db.session, site.id, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id[:40]} on this site.")
    level = request.args.get("level")
    if level is not None and level not in LEVELS:
        _bad_request(f"level may be {', '.join(LEVELS)}.")
    lines = progress.events(row.id, _integer_arg("limit", 100), _integer_arg("before"), level)
    return jsonify(site=_site_json(site), run_id=row.public_id, logs=lines)


@bp.post("/automation/run_now/")
def run_now():
    """Begin a run: 201 with the new one; 200 with the one that is open already, or that had nothing to do."""
    site = _load_site()
    public_id, started = start_run.start_run(site.id, trigger="api", by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(started=started, **_run_state(site, public_id)), 201 if started else 200


@bp.post("/automation/<any(pause, resume, cancel):verb>/")
def run_action(verb: str):
    """Pause, resume or cancel; `changed` is false when the run does so already."""
    site = _load_site()
    verbs = {"pause": controls.pause, "resume": controls.resume, "cancel": controls.cancel}
    changed = verbs[verb](site.id, _field("run_id"), by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(changed=changed, **_run_state(site, _field("run_id")))


@bp.post("/automation/retry_failed/")
def retry_failed():
    """Queue the failed items again; answer the run that carries them and how many."""
    site = _load_site()
    public_id, count = retry.retry_failed(site.id, _field("run_id"), by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(run_id=public_id, items=count)


def _load_site():
    reference = _field("site_id")
    if not reference:
        _bad_request("Say which site: ?site_id= its id or its slug.")
    site = load_site(reference) if len(reference) < 90 else None
    if site is None:
        raise NotFound("There is no such site. GET /api/v1/sites/ lists yours.")
    require_right(required_right())
    if request.method not in SAFE_METHODS:
        enforce_rate_limit("start", max_requests=120, seconds=60)
    return site


def _field(name: str) -> str | None:
    """Return a field of the query, the form or the JSON body."""
    try:
        body = request.get_json() if request.is_json else request.form
    except RecursionError:
        _bad_request("The JSON body is nested too deeply.")
    if not hasattr(body, "get"):
        _bad_request("The JSON body must be an object.")
    value = request.args.get(name) or body.get(name)
    return None if value is None else str(value)


def _integer_arg(name: str, default: int | None = None) -> int | None:
    value = request.args.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        _bad_request(f"{name} must be a whole number.")
    return min(int(value), MAX_LIMIT) if name == "limit" else int(value)


def _site_json(site) -> dict:
    return {"id": site.id, "slug": site.slug, "name": site.name}


def _run_state(site, public_id: str | None) -> dict:
    run = progress.snapshot(site, public_id)["run"]
    return {"run_id": run["run_id"], "status": run["status"]}


def _bad_request(message: str):
    raise BadRequest(message)
