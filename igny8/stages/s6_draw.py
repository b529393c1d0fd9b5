"""Stage 6, image prompts → images: generate the image files."""

from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, select, update

from igny8.errors import ExternalError
from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.models import Content, Image, RunSettings, Site
from igny8.providers.base import ImagePrompt, Palette
from igny8.stages.base import (
    IDS_PARAM,
    Answers,
    Batch,
    Item,
    Output,
    PersistResult,
    Tools,
    process_each,
    still_waiting_ids,
)

NUMBER, KEY, SHORT_NAME, NAME = 6, "draw", "Draw", "Image prompts → Images"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "prompts", "images", "drawing"
RESULT_KEYS = ("images_processed", "images_generated")
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.12, outputs=0.5)

content, image = Content.__table__, Image.__table__
IMAGES_TO_DRAW = (
    select(
        image.c.id,
        image.c.content_id,
        image.c.position,
        image.c.role,
        image.c.heading,
        image.c.prompt,
        image.c.alt,
        image.c.file_name,
        image.c.width,
        image.c.height,
        Site.name.label("site_name"),
    )
    .join(Site, Site.id == image.c.site_id)
    .where(image.c.id.in_(IDS_PARAM))
)
STORE_IMAGE = (
    update(image)
    .where(image.c.id == bindparam("one"))
    .values(
        status="generated",
        path=bindparam("at"),
        mime=bindparam("kind"),
        width=bindparam("wide"),
        height=bindparam("high"),
        bytes=bindparam("size"),
        provider=bindparam("who"),
        note=bindparam("why"),
    )
)
MOVE_TO_REVIEW = (
    update(content)
    .where(
        content.c.id.in_(select(image.c.content_id).where(image.c.id.in_(IDS_PARAM))),
        content.c.status == "draft",
        ~exists().where(image.c.content_id == content.c.id, image.c.status == "pending"),
    )
    .values(status="review")
    .returning(content.c.id, content.c.title)
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of pending images, oldest first; none if the site wants none."""
    query = (
        select(image.c.id, Image.title(), image.c.id.label("rank"))
        .select_from(image.join(content, content.c.id == image.c.content_id))
        .where(image.c.site_id == site_id, image.c.status == "pending")
    )
    return query if settings.wants_images else query.where(image.c.id < 0)


def process(batch: Batch, tools: Tools) -> Answers:
    """Return per image (answer, path of its file, provider used, reason for the fallback)."""
    with read_transaction() as tx:
        images = {row.id: row for row in tx.execute(IMAGES_TO_DRAW, {"ids": batch.subject_ids})}
    provider = tools.provider(KEY)
    has_fallback = batch.settings.fallback_card and KEY in batch.settings.providers

    def draw(item: Item) -> Any:
        row = images.get(item.subject_id)
        if row is None:
            return None
        prompt, palette = _image_prompt(row), _palette(batch, row)
        used, note = provider, ""
        try:
            answer = provider.draw(prompt, palette, tools.calls(item))
        except ExternalError as error:
            final = error.permanent or item.is_last_attempt
            if error.is_external_fault or not final or not has_fallback:
                raise
            used, note = tools.built_in(), f"{provider.name} could not make it: {error}"
            answer = used.draw(prompt, palette)
        name = f"{batch.site_id}/{row.content_id}/{row.position}-{row.file_name}"
        return answer, tools.store_image(name, answer.value.data), used.name, note

    return process_each(batch, draw)


def _image_prompt(row: Row) -> ImagePrompt:
    return ImagePrompt(
        row.position,
        row.role,
        row.heading,
        row.prompt,
        row.alt,
        row.file_name,
        row.width,
        row.height,
    )


def _palette(batch: Batch, row: Row) -> Palette:
    return Palette(batch.settings.color_primary, batch.settings.color_secondary, row.site_name)


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Mark the images as generated; move contents whose images are all final to review."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    result.skipped = {
        s: "deleted during the run" for s in answers if s not in live or answers[s] is None
    }
    taken = [s for s in answers if s not in result.skipped]
    if taken:
        tx.execute(
            STORE_IMAGE,
            [
                {
                    "one": s,
                    "at": answers[s][1],
                    "kind": answers[s][0].value.mime,
                    "wide": answers[s][0].value.width,
                    "high": answers[s][0].value.height,
                    "size": len(answers[s][0].value.data),
                    "who": answers[s][2],
                    "why": answers[s][3],
                }
                for s in taken
            ],
        )
        result.made = len(taken)
        result.outputs = _move_to_review(tx, taken)
    titles = [item.title for item in batch.items if item.subject_id in taken]
    result.message = (
        f"Image made for “{titles[0]}”" if len(titles) == 1 else f"Made {len(titles)} images"
    )
    return result


def add_cost(tx: Connection, subject: int, spent: Any) -> None:
    """Add the cost of an item to that of its content."""
    Content.spend(
        tx, select(image.c.content_id).where(image.c.id == subject).scalar_subquery(), spent
    )


def mark_failed(tx: Connection, batch: Batch, errors: dict[int, ExternalError]) -> list[Output]:
    """Mark images that could not be generated as failed, so that their article can continue."""
    pending = update(image).where(image.c.id.in_(list(errors)), image.c.status == "pending")
    tx.execute(pending.values(status="failed"))
    return _move_to_review(tx, list(errors))


def reset_failed(tx: Connection, subjects: list[int]) -> None:
    """Make failed images pending again, for a retry."""
    tx.execute(
        update(image)
        .where(image.c.id.in_(subjects), image.c.status == "failed")
        .values(status="pending")
    )


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Discard images that people rejected; return the articles that lack no other image."""
    wanted = (image.c.id.in_(ids)) & (image.c.site_id == site_id) & (image.c.status == "pending")
    note = f"rejected: {reason}" if reason else "rejected"
    tx.execute(update(image).where(wanted).values(status="failed", note=note))
    return _move_to_review(tx, ids)


def _move_to_review(tx: Connection, image_ids: list[int]) -> list[Output]:
    """Move drafts whose images are all final to review; return them as outputs."""
    moved = tx.execute(MOVE_TO_REVIEW, {"ids": image_ids}).all()
    return [Output(row.id, row.title, row.id) for row in sorted(moved)]
