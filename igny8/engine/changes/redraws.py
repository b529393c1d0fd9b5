"""Ask a model to draw one image again; the file before stays until a person accepts the new one."""

from typing import Any

from flask import current_app
from sqlalchemy import Row, select

from igny8.engine.changes.kinds import ChangeKind, ChosenModel
from igny8.engine.work.image_storage import store_image
from igny8.errors import ExternalError
from igny8.extensions import read_transaction
from igny8.models import Content, Image, ImageRedraw, Site
from igny8.models.changes import REDRAW_STAGE
from igny8.providers.base import ImagePrompt, Palette

NOT_IN_REVIEW = "The article does not wait for review any more, so nothing was drawn."
image = Image.__table__


def _propose(chosen: ChosenModel, claim: Row) -> dict[str, Any]:
    """Return the file that the model drew."""
    row = _fetch(claim)
    prompt = ImagePrompt(
        row.position,
        row.role,
        row.heading,
        claim.prompt,
        claim.alt,
        row.file_name,
        row.width,
        row.height,
    )
    settings = chosen.settings
    palette = Palette(settings.color_primary, settings.color_secondary, row.site_name)
    answer = chosen.provider.draw(prompt, palette, chosen.requests(claim))
    file = answer.value
    # named after the redraw, so that whoever repeats it after a crash replaces the file
    name = f"{claim.site_id}/{claim.content_id}/{row.position}-{claim.id}-{row.file_name}"
    path = store_image(current_app.config["SETTINGS"].images, name, file.data)
    return {
        "path": path,
        "mime": file.mime,
        "width": file.width,
        "height": file.height,
        "bytes": len(file.data),
        "provider": chosen.provider.name,
        "model": answer.model,
    }


def _fetch(claim: Row) -> Row:
    """Return the image with the name of its site; raise ExternalError if it may not change now."""
    query = (
        select(image, Site.name.label("site_name"))
        .join(Site, Site.id == image.c.site_id)
        .join(Content, Content.id == image.c.content_id)
        .where(image.c.id == claim.image_id, Content.status == "review")
    )
    with read_transaction() as tx:
        row = tx.execute(query).first()
    if row is None:
        raise ExternalError(NOT_IN_REVIEW, permanent=True)
    return row


REDRAWS = ChangeKind(
    ImageRedraw.__table__,
    REDRAW_STAGE,
    "draw",
    "No image model is chosen for stage 6. Choose one under Settings, Models and budget.",
    _propose,
)
