"""Load articles with their images as values for publishing or download."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from igny8 import publishing
from igny8.models.queries import articles


def load_texts(tx: Any, site: Row, ids: Sequence[int], folder: Path) -> list[publishing.Text]:
    """Return articles of a site in the order of the ids; `folder` contains the images."""
    rows = articles.with_keywords(tx, site.id, ids)
    images: dict[int, list[publishing.Image]] = {}
    for row in articles.images_of(tx, [row.id for row in rows]):
        if row.status == "generated":
            heading = "" if row.role == "featured" else row.heading
            image = publishing.Image(row.file_name, str(folder / row.path), row.alt, heading)
            images.setdefault(row.content_id, []).append(image)
    return [_text(row, site, images.get(row.id, [])) for row in rows]


def _text(row: Row, site: Row, images: list[publishing.Image]) -> publishing.Text:
    return publishing.Text(
        kind=row.kind,
        title=row.title,
        slug=row.slug,
        meta_title=row.meta_title,
        meta_description=row.meta_description,
        excerpt=row.excerpt,
        html=row.html,
        language=site.language,
        keyword=row.primary_phrase,
        keywords=tuple(keyword["text"] for keyword in row.secondary),
        images=tuple(images),
        format=row.format,
        site_name=site.name,
        published_at=_iso_time(row.decided_at or row.created_at),
        modified_at=_iso_time(row.edited_at),
    )


def _iso_time(at: datetime | None) -> str:
    """Return a time as ISO 8601 with seconds, "" for None."""
    return "" if at is None else at.isoformat(timespec="seconds")
