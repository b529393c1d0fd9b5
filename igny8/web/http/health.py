"""Is the process alive, can it serve pages; and the small icon that carries the percentage."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from igny8.upkeep import schema

bp = Blueprint("health", __name__)


@bp.get("/health/live")
def live() -> ResponseReturnValue:
    """Answer 200 as long as this process answers at all: what does not should be started anew."""
    return jsonify(status="ok")


@bp.get("/health")
@bp.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Answer 200 when pages can be served, 503 when not: requests should go elsewhere meanwhile.

    Tables of a newer version do not count against it: in an upgrade the old processes serve on until the
    new ones are there. Nor does the queue: it only wakes, and may be lost.
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
    """Answer the icon of the tab; `p` fills it to that percentage."""
    share = request.args.get("p", -1, type=int)
    response = Response(
        render_template("icon.svg", share=max(-1, min(100, share))), mimetype="image/svg+xml"
    )
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
