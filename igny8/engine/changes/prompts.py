"""Change the prompts of images that are not paid for yet."""

from sqlalchemy import Connection, Row, select

from igny8.errors import ActionRefused
from igny8.models import Image, ProviderRequest, Run, RunItem

DRAW = 6  # the stage that draws images
DRAWN = "This image is not waiting to be drawn any more, so nothing was changed."
ASKED = "A model was asked for this image already. Have it redrawn when it is there."
CHANGED = "Somebody changed this prompt in the meantime, so nothing was changed. Look at it again."
item, requests = RunItem.__table__, ProviderRequest.__table__


def edit_prompt(
    tx: Connection, row: Row, seen: tuple[str, str], prompt: str, alt: str, by: str
) -> None:
    """Store prompt and alt text of an image (a row); stage 6 sends them when it draws it.

    Raise ActionRefused where the image is drawn, or being drawn, or changed by others since `seen`.
    """
    run = Run.lock_open_run(tx, row.site_id)
    current = Image.find(tx, row.content_id, row.id)
    if current is None or current.status != "pending":
        raise ActionRefused(DRAWN)
    if prompt != seen[0] and (_is_claimed(tx, run, row.id) or _is_paid_for(tx, row)):
        raise ActionRefused(ASKED)
    if not Image.edit_prompt(tx, row.id, seen, prompt, alt, by):
        raise ActionRefused(CHANGED)


def _is_claimed(tx: Connection, run: Row | None, image_id: int) -> bool:
    """Return whether a worker draws the image now: it has read its prompt."""
    if run is None:
        return False
    query = select(item.c.id).where(
        item.c.run_id == run.id,
        item.c.stage == DRAW,
        item.c.subject_id == image_id,
        item.c.state == "active",
    )
    return tx.execute(query).first() is not None


def _is_paid_for(tx: Connection, row: Row) -> bool:
    """Return whether a reply for the image is stored or on its way, which is used when drawing."""
    query = select(requests.c.id).where(
        requests.c.site_id == row.site_id,
        requests.c.stage == DRAW,
        requests.c.subject_id == row.id,
        requests.c.state.in_(("asked", "answered")),
    )
    return tx.execute(query.limit(1)).first() is not None
