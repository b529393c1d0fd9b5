"""A model draws one image again; a person sees both and accepts or drops the new one."""

from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.errors import ActionRefused
from igny8.extensions import db, write_transaction
from igny8.models import ContentVersion, Image, ImageRedraw, Publication
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.content.article_images import find_article, has_image_model, read_prompt
from igny8.web.content.images import send_image
from igny8.web.ui.forms import Form
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("redraws", __name__, url_prefix="/sites/<slug>/content/<int:content_id>/images")
NOT_IN_REVIEW = "This article is not waiting for review any more, so nothing was changed."
NO_MODEL = "Choose an image model for stage 6 under Settings, Models and budget."
CHANGED = "The image or the article was changed in the meantime. Drop the new image and ask anew."
NO_FILE = "The file of the new image is not there any more. Drop it and ask anew."


@bp.post("/<int:image_id>/redraw")
def ask(slug: str, content_id: int, image_id: int) -> Response:
    """Ask a model to draw an image again, with the old or a changed prompt; two clicks ask once."""
    site = site_or_404(slug)
    row = _find_in_review(site, content_id)
    image = Image.find(db.session, row.id, image_id) or abort(404)
    form = Form(request.form.to_dict())
    prompt, alt = read_prompt(form, image)
    if form.errors:
        raise BadRequest(" ".join(form.errors.values()))
    if image.status == "pending":
        raise ActionRefused("This image is still waiting to be drawn.")
    if row.run_id is None or not has_image_model(site):
        raise ActionRefused(NO_MODEL)
    enforce_rate_limit("change part")
    with write_transaction() as tx:
        asked = ImageRedraw.request(tx, row.run_id, image, prompt, alt, g.current_user.name)
    if not asked:
        flash("This image is being redrawn already. Accept or drop the new one first.")
    return _back(slug, row.id, image.id)


@bp.get("/redraws/<int:redraw_id>")
def live(slug: str, content_id: int, redraw_id: int) -> str:
    """Return the state of a redraw, which refreshes itself while a model works."""
    site = site_or_404(slug)
    row = find_article(site, content_id)
    redraw = _find_redraw(row, redraw_id)
    image = Image.find(db.session, row.id, redraw.image_id) or abort(404)
    return render_template(
        "content/images/_redraw.html",
        site=site,
        row=row,
        image=image,
        redraw=redraw,
        waits=row.status == "review" and row.handed_over,
    )


@bp.get("/redraws/<int:redraw_id>/file")
def file(slug: str, content_id: int, redraw_id: int) -> Response:
    """Return the file that a model proposes."""
    redraw = _find_redraw(find_article(site_or_404(slug), content_id), redraw_id)
    if redraw.state != "proposed":
        abort(404)
    return send_image(redraw)


@bp.post("/redraws/<int:redraw_id>/accept")
def accept(slug: str, content_id: int, redraw_id: int) -> Response:
    """Put the new file in the place of the image; the article gets a new version."""
    site = site_or_404(slug)
    row = _find_in_review(site, content_id)
    redraw = _find_redraw(row, redraw_id)
    if redraw.state == "proposed" and not _path(redraw.path).is_file():
        raise ActionRefused(NO_FILE)
    by = g.current_user.name
    db.session.remove()
    with write_transaction() as tx:
        if not ImageRedraw.move(tx, redraw.id, ("proposed",), "accepted"):
            raise ActionRefused("A decision about this image was made already.")
        seen = (tx, site.id, row.id, "rewrite", by, row.edited_at)
        if not (Image.take_redrawn(tx, redraw, by) and ContentVersion.replace(*seen)):
            raise ActionRefused(CHANGED)
        Publication.mark_outdated(tx, row.id, by)
    if redraw.path_before:
        _path(redraw.path_before).unlink(missing_ok=True)
    flash("The image was replaced.")
    return _back(slug, row.id, redraw.image_id)


@bp.post("/redraws/<int:redraw_id>/drop")
def drop(slug: str, content_id: int, redraw_id: int) -> Response:
    """Drop a new image, a failed redraw, or one that no worker has taken yet."""
    site = site_or_404(slug)
    row = find_article(site, content_id)
    redraw = _find_redraw(row, redraw_id)
    db.session.remove()
    with write_transaction() as tx:
        dropped = ImageRedraw.move(tx, redraw.id, ("queued", "proposed", "failed"), "dropped")
    if dropped and redraw.path:
        _path(redraw.path).unlink(missing_ok=True)
    return _back(slug, row.id, redraw.image_id)


def _find_in_review(site: Row[Any], content_id: int) -> Row[Any]:
    row = find_article(site, content_id)
    if row.status != "review" or not row.handed_over:
        raise ActionRefused(NOT_IN_REVIEW)
    return row


def _find_redraw(row: Row[Any], redraw_id: int) -> Row[Any]:
    return ImageRedraw.find(db.session, row.id, redraw_id) or abort(404)


def _path(path: str) -> Path:
    return Path(current_app.config["SETTINGS"].images, path)


def _back(slug: str, content_id: int, image_id: int) -> Response:
    anchor = f"image-{image_id}"
    return redirect(
        url_for("article_images.show", slug=slug, content_id=content_id, _anchor=anchor), 303
    )
