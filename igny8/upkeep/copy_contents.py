"""Read the revision and the images of a copy of a database."""

from collections.abc import Iterable, Sequence
from typing import Any

from igny8.errors import Igny8Error

REVISION_QUERY = "SELECT version_num FROM alembic_version"
IMAGES_QUERY = "SELECT path, bytes FROM image WHERE status = 'generated'"

StoredImage = tuple[str, int]  # path below the image folder, size in bytes


def single_revision(rows: Iterable[Sequence[Any]]) -> str:
    """Return the revision in the rows of REVISION_QUERY; raise Igny8Error if there is none."""
    found = [str(row[0]) for row in rows]
    if len(found) != 1:
        raise Igny8Error("This database has no version, so it is not one of IGNY8's.")
    return found[0]


def stored_images(rows: Iterable[Sequence[Any]]) -> list[StoredImage]:
    """Return the images in the rows of IMAGES_QUERY."""
    return [(str(row[0]), int(row[1])) for row in rows]
