"""Stage 5, content → image prompts: describe the images of each article."""

from typing import Any

from sqlalchemy import Connection, Select, exists, select

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Content, Image, RunSettings
from igny8.models.base import insert_if_absent
from igny8.providers.base import Page
from igny8.stages.base import (
    IDS_PARAM,
    Answers,
    Batch,
    Item,
    Output,
    PersistResult,
    Tools,
    process_each,
    rows_by_id,
    site_of,
    still_waiting_ids,
    voice_of,
)
from igny8.stages.units import count_of

NUMBER, KEY, SHORT_NAME, NAME = 5, "describe", "Image ideas", "Content → Image prompts"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "briefs", "prompts", "describing images"
MODEL_INPUT_UNIT = "articles"
RESULT_KEYS = ("content_processed", "prompts_created")
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.001, outputs=2.0)

content, image = Content.__table__, Image.__table__
CREATED_IMAGES = (
    select(image.c.id, Image.title())
    .select_from(image.join(content, content.c.id == image.c.content_id))
    .where(image.c.content_id.in_(IDS_PARAM))
    .order_by(image.c.id)
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of drafts without images; none if the site wants no images."""
    has_images = exists().where(image.c.content_id == content.c.id)
    query = select(content.c.id, content.c.title.label("title"), content.c.id.label("rank"))
    query = query.where(content.c.site_id == site_id, content.c.status == "draft", ~has_images)
    return query if settings.wants_images else query.where(content.c.id < 0)


def process(batch: Batch, tools: Tools) -> Answers:
    """Return the image prompts of each draft."""
    with read_transaction() as tx:
        drafts = rows_by_id(tx, content, batch.subject_ids)
        language = site_of(tx, batch).language
    provider = tools.provider(KEY)

    def describe(item: Item) -> Any:
        row = drafts.get(item.subject_id)
        if row is None:
            return None
        return provider.describe(
            Page(
                row.title,
                row.slug,
                tuple(row.headings),
                row.primary_phrase,
                language,
                voice_of(batch.settings),
            ),
            batch.settings.images_per_article,
            tools.calls(item),
        )

    return process_each(batch, describe)


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Store the prompts as pending images."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    result.skipped = {
        s: "deleted or changed during the run"
        for s in answers
        if s not in live or answers[s] is None
    }
    taken = [s for s in answers if s not in result.skipped]
    rows = [
        {
            "site_id": batch.site_id,
            "content_id": s,
            "position": p.position,
            "role": p.role,
            "heading": p.heading,
            "prompt": p.prompt,
            "alt": p.alt,
            "file_name": p.file_name,
            "width": p.width,
            "height": p.height,
        }
        for s in taken
        for p in answers[s].value
    ]
    if rows:
        result.made = tx.execute(insert_if_absent(tx, image), rows).rowcount
        made = tx.execute(CREATED_IMAGES, {"ids": taken})
        result.outputs = [Output(row.id, row.title, row.id) for row in made]
    result.message = (
        f"Found {count_of(result.made, OUTPUT_UNIT)} for {pluralize(len(taken), 'articles')}"
    )
    return result


def add_cost(tx: Connection, subject: int, spent: Any) -> None:
    """Add the cost of an item to that of its content."""
    Content.spend(tx, subject, spent)


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Reject drafts that people rejected at the gate; return no outputs."""
    Content.reject_unfinished(tx, site_id, ids, reason)
    return []
