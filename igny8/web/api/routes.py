"""The JSON API: the same snapshot and actions as the Automation page."""

from typing import NoReturn

from flask import Blueprint, current_app, g, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from igny8 import jobs, progress
from igny8.engine.runs import controls, retry, start_run
from igny8.extensions import db
from igny8.models import Run, Site
from igny8.models.run_event import LEVELS
from igny8.web.api.openapi import DOCUMENT
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.auth.current_user import is_visible_site, limit_api_requests, load_site
from igny8.web.auth.permissions import (
    SAFE_METHODS,
    require_right,
    required_right,
)
from igny8.web.http.csrf import csrf

bp = Blueprint("api", __name__, url_prefix="/api/v1")
MAX_LIMIT = 500


@bp.before_request
def limit_request_rate() -> None:
    """Limit the rate of reading requests; changes are limited in the database."""
    if request.method in SAFE_METHODS and g.current_user is not None:
        limit_api_requests()


@bp.before_request
def reject_unknown_bodies() -> None:
    """Reject a body that is neither a form nor JSON."""
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    if (
        request.method == "POST"
        and (request.content_length or 0) > 0
        and request.mimetype not in kinds
    ):
        raise UnsupportedMediaType("Send a form, or JSON as application/json.")


@bp.before_request
def require_csrf_token() -> None:
    """Require a page's CSRF token for changes with a session cookie."""
    if (
        request.method not in SAFE_METHODS
        and g.current_user.scope is None
        and current_app.config.get("WTF_CSRF_ENABLED", True)
    ):
        csrf.protect()


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Return the OpenAPI description."""
    return jsonify(DOCUMENT | {"servers": [{"url": url_for("sites.index")}]})


@bp.get("/sites/")
def sites() -> ResponseReturnValue:
    """Return the visible sites, each with its current run."""
    return jsonify(sites=progress.sites_overview(is_visible_site(Site.id)))


@bp.get("/token/")
def token() -> ResponseReturnValue:
    """Return the permissions of the request's token."""
    user = g.current_user
    return jsonify(name=user.name, scope=user.scope, may_decide=user.may_decide)


@bp.get("/automation/run_progress/")
def run_progress() -> ResponseReturnValue:
    """Return the snapshot of a run: of `run_id`, else the open run, else the latest."""
    site = load_api_site()
    run_id = request.args.get("run_id")
    snap = progress.snapshot(site, run_id)
    if run_id and snap["run"] is None:
        raise NotFound(f"Run {run_id[:40]} not found on this site.")
    return jsonify(snap)


@bp.get("/automation/pipeline_overview/")
def pipeline_overview() -> ResponseReturnValue:
    """Return the waiting items of each stage."""
    site = load_api_site()
    ahead = progress.estimate(site)
    return jsonify(
        site=site_json(site),
        waiting_items=ahead["waiting_items"],
        waiting_stages=ahead["waiting_stages"],
        stages=ahead["stages"],
    )


@bp.get("/automation/estimate/")
def estimate() -> ResponseReturnValue:
    """Return the forecast of a run started now: results, duration and cost."""
    site = load_api_site()
    return jsonify(site=site_json(site), **progress.estimate(site))


@bp.get("/automation/history/")
def history() -> ResponseReturnValue:
    """Return the runs of the site below the run number `before`, newest first."""
    site = load_api_site()
    return jsonify(
        site=site_json(site),
        runs=progress.history(site, limit_arg(50), integer_arg("before")),
    )


@bp.get("/automation/logs/")
def logs() -> ResponseReturnValue:
    """Return the log of a run below the id `before`, newest entry first."""
    site = load_api_site()
    run_id = request.args.get("run_id") or bad_request("Missing parameter: ?run_id=")
    row = Run.find(db.session, site.id, run_id)
    if row is None:
        raise NotFound(f"Run {run_id[:40]} not found on this site.")
    level = request.args.get("level")
    if level is not None and level not in LEVELS:
        bad_request(f"level must be one of {', '.join(LEVELS)}.")
    lines = progress.events(row.id, limit_arg(100), integer_arg("before"), level)
    return jsonify(site=site_json(site), run_id=row.public_id, logs=lines)


@bp.post("/automation/run_now/")
def run_now() -> ResponseReturnValue:
    """Start a run: 201 with the new run, 200 with the open run or one without work."""
    site = load_api_site()
    public_id, started = start_run.start_run(site.id, trigger="api", by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(started=started, **_run_state(site, public_id)), 201 if started else 200


@bp.post("/automation/<any(pause, resume, cancel):verb>/")
def run_action(verb: str) -> ResponseReturnValue:
    """Pause, resume or cancel a run; `changed` is false if it is in that state already."""
    site = load_api_site()
    verbs = {"pause": controls.pause, "resume": controls.resume, "cancel": controls.cancel}
    changed = verbs[verb](site.id, field("run_id"), by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(changed=changed, **_run_state(site, field("run_id")))


@bp.post("/automation/retry_failed/")
def retry_failed() -> ResponseReturnValue:
    """Queue the failed items again; return their run and their number."""
    site = load_api_site()
    public_id, count = retry.retry_failed(site.id, field("run_id"), by=g.current_user.name)
    jobs.wake_workers()
    return jsonify(run_id=public_id, items=count)


def load_api_site() -> Row:
    """Return the site in the request; raise an error if it or a right is missing."""
    reference = field("site_id")
    if not reference:
        bad_request("Missing parameter: ?site_id= with the id or slug of a site.")
    site = load_site(reference) if len(reference) < 90 else None
    if site is None:
        raise NotFound("Site not found. GET /api/v1/sites/ lists your sites.")
    require_right(required_right())
    if request.method not in SAFE_METHODS:
        enforce_rate_limit("start")
    return site


def field(name: str) -> str | None:
    """Return a field from the query, the form or the JSON body."""
    try:
        body = request.get_json() if request.is_json else request.form
    except RecursionError:
        bad_request("The JSON body is nested too deeply.")
    if not hasattr(body, "get"):
        bad_request("The JSON body must be an object.")
    value = request.args.get(name) or body.get(name)
    return None if value is None else str(value)


def integer_arg(name: str) -> int | None:
    """Return an integer parameter, None if it is missing."""
    value = request.args.get(name)
    if value is not None and not (value.isascii() and value.isdigit() and len(value) < 10):
        bad_request(f"{name} must be a whole number.")
    return None if value is None else int(value)


def limit_arg(default: int) -> int:
    """Return the requested number of entries, at most MAX_LIMIT."""
    wanted = integer_arg("limit")
    return default if wanted is None else min(wanted, MAX_LIMIT)


def site_json(site: Row) -> dict:
    """Return the fields that describe a response's site."""
    return {"id": site.id, "slug": site.slug, "name": site.name}


def _run_state(site: Row, public_id: str | None) -> dict:
    run = progress.snapshot(site, public_id)["run"]
    return {"run_id": run["run_id"], "status": run["status"]}


def bad_request(message: str) -> NoReturn:
    """Return a 400 response with a message."""
    raise BadRequest(message)
