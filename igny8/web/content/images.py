"""Image files of a site, as shown in articles."""

from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, send_file
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8.extensions import db
from igny8.models.queries import articles as queries
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("images", __name__)
ALLOWED_MIME_TYPES = ("image/webp", "image/png", "image/jpeg")


@bp.get("/sites/<slug>/images/<int:image_id>/<file_name>")
def show(slug: str, image_id: int, file_name: str) -> Response:
    """Return the file of a finished image; raise 404 for anything else."""
    row = queries.find_image(db.session, site_or_404(slug).id, image_id)
    if row is None or row.file_name != file_name:
        abort(404)
    return send_image(row)


def send_image(row: Row[Any]) -> Response:
    """Return the file of an image (a row); raise 404 if it has none that may be shown."""
    if row.mime not in ALLOWED_MIME_TYPES:
        abort(404)
    folder = current_app.config["SETTINGS"].images.resolve()
    path = Path(folder, row.path).resolve() if row.path else folder
    if not path.is_relative_to(folder) or not path.is_file():
        abort(404)
    response = send_file(path, mimetype=row.mime, conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
