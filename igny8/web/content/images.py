"""Image files of a site, as the article shows them."""

from pathlib import Path

from flask import Blueprint, abort, current_app, send_file
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import Image
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("images", __name__)
image = Image.__table__
ALLOWED_MIME_TYPES = ("image/webp", "image/png", "image/jpeg")


@bp.get("/sites/<slug>/images/<int:image_id>/<file_name>")
def show(slug: str, image_id: int, file_name: str):
    """Answer the file of a generated image; anything else is 404."""
    row = db.session.execute(
        select(image.c.path, image.c.mime, image.c.file_name).where(
            image.c.site_id == site_or_404(slug).id,
            image.c.id == image_id,
            image.c.status == "generated",
        )
    ).first()
    if (
        row is None
        or row.file_name != file_name
        or row.mime not in ALLOWED_MIME_TYPES
        or not row.path
    ):
        abort(404)
    folder = current_app.config["SETTINGS"].images.resolve()
    path = Path(folder, row.path).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        abort(404)
    response = send_file(path, mimetype=row.mime, conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
