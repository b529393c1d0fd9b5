"""The title card of an article, which is redrawn when the title changes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import Connection, Row

from igny8.engine.work.image_storage import store_image
from igny8.engine.work.tools import load_builtin_provider
from igny8.errors import ExternalError
from igny8.extensions import db
from igny8.models import Image
from igny8.models.queries import site_values
from igny8.providers.base import ImagePrompt, Page, Palette

NOT_REDRAWN = "The title card could not be redrawn and shows the old title: {}."


@dataclass(frozen=True)
class TitleCard:
    """A new card with a stored file; `old` is the image row that it will replace."""

    old: Row
    values: dict[str, Any]

    def replace_image(self, tx: Connection) -> bool:
        """Write the new card into the image row; return False if a run changed it meanwhile."""
        return Image.replace_file(tx, self.old.id, self.old.path, **self.values)

    def delete_unused_file(self, replaced: bool) -> None:
        """Delete the old card's file if it was replaced, otherwise the new one."""
        path = self.old.path if replaced else self.values["path"]
        Path(current_app.config["SETTINGS"].images, path).unlink(missing_ok=True)


def redraw_title_card(row: Row, title: str) -> tuple[TitleCard | None, str]:
    """Return a new card for a changed title, and a message if drawing failed.

    The card is None if no image shows the title: a model generated it, or there is none.
    """
    old = site_values.title_card(db.session, row.id)
    if old is None:
        return None, ""
    built_in = load_builtin_provider()  # loaded only here, because it is slow to import
    was, now = _image_prompt(built_in, row, row.title), _image_prompt(built_in, row, title)
    if old.heading != was.heading or now.heading == was.heading:
        return None, ""
    unedited = [n for n in ("heading", "alt", "prompt") if getattr(old, n) == getattr(was, n)]
    values = {name: getattr(now, name) for name in unedited}
    try:
        return TitleCard(old, values | _draw(built_in, row, old, now.heading)), ""
    except ExternalError as error:
        return None, NOT_REDRAWN.format(str(error).rstrip("."))


def _draw(built_in: Any, row: Row, old: Row, heading: str) -> dict[str, Any]:
    """Draw and store a card with a heading; return {path, mime, bytes} of its file."""
    prompt = ImagePrompt(
        old.position,
        old.role,
        heading,
        old.prompt,
        old.alt,
        old.file_name,
        old.width,
        old.height,
    )
    palette = Palette(*site_values.image_style(db.session, row.site_id))
    card = built_in.draw(prompt, palette).value
    name = f"{row.site_id}/{row.id}/{old.position}-{uuid4().hex[:8]}-{old.file_name}"
    path = store_image(current_app.config["SETTINGS"].images, name, card.data)
    return {"path": path, "mime": card.mime, "bytes": len(card.data)}


def _image_prompt(built_in: Any, row: Row, title: str) -> ImagePrompt:
    """Return the built-in provider's image prompt for an article with this title."""
    page = Page(title, row.slug, (), row.primary_phrase)
    return built_in.describe(page, 1).value[0]
