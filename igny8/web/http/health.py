"""Liveness, readiness, and the tab icon with the percentage."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from igny8.upkeep import schema

bp = Blueprint("health", __name__)


@bp.get("/health/live")
def live() -> ResponseReturnValue:
    """Return 200 while the process responds; an unresponsive one should be restarted."""
    return jsonify(status="ok")


@bp.get("/health")
@bp.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Return 200 if pages can be served, 503 if requests should go elsewhere.

    Newer tables are accepted, because old processes continue to serve during an upgrade. The queue
    is not checked: it only wakes workers and may be lost.
    """
    try:
        tables = schema.compare_revision(schema.current_revision())
    except SQLAlchemyError:
        return jsonify(status="not ready", database="not ready"), 503
    if tables in ("none", "older"):
        return jsonify(status="not ready", database="ready", tables=tables), 503
    return jsonify(status="ok", database="ready", tables=tables)


@bp.get("/icon.svg")
def icon() -> Response:
    """Return the tab icon, filled to the percentage in `p`."""
    share = request.args.get("p", -1, type=int)
    response = Response(
        render_template("icon.svg", share=max(-1, min(100, share))), mimetype="image/svg+xml"
    )
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
