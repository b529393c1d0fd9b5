"""Is it alive, is the database ready; and the small icon that carries the percentage."""

from flask import Blueprint, Response, jsonify, render_template, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from igny8.extensions import db
from igny8.models import Site

bp = Blueprint("health", __name__)


@bp.get("/health")
def show():
    """Answer 200 when pages can be served, 503 when the database is not ready."""
    try:
        db.session.execute(select(Site.id).limit(1)).first()
    except SQLAlchemyError:
        return jsonify(status="not ready", database="not ready"), 503
    return jsonify(status="ok", database="ready")


@bp.get("/icon.svg")
def icon() -> Response:
    """Answer the icon of the tab; `p` fills it to that percentage."""
    share = request.args.get("p", -1, type=int)
    response = Response(render_template("icon.svg", share=max(-1, min(100, share))), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
