"""The title card of a text that gets another title: it is drawn anew, for it shows the old one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from igny8.engine.work.image_storage import store_image
from igny8.engine.work.tools import load_builtin_provider
from igny8.errors import ExternalError
from igny8.extensions import db
from igny8.models import Image, Site, SiteSettings
from igny8.models.run_stage import BUILT_IN
from igny8.providers.base import ImagePrompt, Page, Palette

image = Image.__table__
NOT_REDRAWN = "The title card could not be drawn anew and shows the old title: {}."


@dataclass(frozen=True)
class TitleCard:
    """A card that is drawn and stored, and not shown yet: `old` is the image it takes the place of."""

    old: object
    values: dict

    def replace_image(self, tx) -> bool:
        """Show it; False where a run has changed the image meanwhile."""
        return Image.replace_file(tx, self.old.id, self.old.path, **self.values)

    def delete_unused_file(self, shown: bool) -> None:
        """Delete the file that nobody needs: the old card's when this one is shown, its own otherwise."""
        path = self.old.path if shown else self.values["path"]
        Path(current_app.config["SETTINGS"].images, path).unlink(missing_ok=True)


def redraw_title_card(row, title: str) -> tuple[TitleCard | None, str]:
    """Return the card of a text with another title, and what to say where it could not be drawn.

    None where no image shows the title: a model drew it, or there is none.
    """
    old = db.session.execute(
        select(image).where(
            image.c.content_id == row.id,
            image.c.position == 0,
            image.c.status == "generated",
            image.c.provider == BUILT_IN,
        )
    ).first()
    if old is None:
        return None, ""
    built_in = load_builtin_provider()  # it draws, so it is loaded only where a card is redrawn
    was, now = _image_prompt(built_in, row, row.title), _image_prompt(built_in, row, title)
    if old.heading != was.heading or now.heading == was.heading:
        return None, ""
    changed = {
        name: getattr(now, name)
        for name in ("heading", "alt", "prompt")
        if getattr(old, name) == getattr(was, name)
    }
    look = db.session.execute(
        select(SiteSettings.color_primary, SiteSettings.color_secondary, Site.name)
        .join(Site, Site.id == SiteSettings.site_id)
        .where(Site.id == row.site_id)
    ).one()
    try:
        card = built_in.draw(
            ImagePrompt(
                old.position,
                old.role,
                now.heading,
                old.prompt,
                old.alt,
                old.file_name,
                old.width,
                old.height,
            ),
            Palette(*look),
        ).value
        path = store_image(
            current_app.config["SETTINGS"].images,
            f"{row.site_id}/{row.id}/{old.position}-{uuid4().hex[:8]}-{old.file_name}",
            card.data,
        )
    except ExternalError as error:
        return None, NOT_REDRAWN.format(str(error).rstrip("."))
    return TitleCard(old, changed | {"path": path, "mime": card.mime, "bytes": len(card.data)}), ""


def _image_prompt(built_in: Any, row, title: str) -> ImagePrompt:
    """Return the image that the built-in engine wants for a text of this title."""
    page = Page(title, row.slug, (), row.primary_phrase)
    return built_in.describe(page, 1).value[0]
