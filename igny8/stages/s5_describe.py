"""Stage 5, content → image prompts: say which images an article wants."""

from sqlalchemy import exists, select

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.models import Content, Image
from igny8.models.base import insert_if_absent
from igny8.providers.base import Page
from igny8.stages.base import (
    SOME,
    Answers,
    Batch,
    Kept,
    Output,
    counted,
    one_by_one,
    rows_by_id,
    site_of,
    still_waiting,
    voice_of,
)

NUMBER, KEY, SHORT, NAME = 5, "describe", "Describe", "Content → Image prompts"
TAKES, MAKES, VERB = "briefs", "prompts", "describing images"
MODEL_TAKES = "articles"
RESULT_KEYS = ("content_processed", "prompts_created")
WHOLE = False
PRIOR = Rate(seconds=0.001, outputs=2.0)

content, image = Content.__table__, Image.__table__
MADE = (
    select(image.c.id, Image.title())
    .select_from(image.join(content, content.c.id == image.c.content_id))
    .where(image.c.content_id.in_(SOME))
    .order_by(image.c.id)
)


def waiting(site_id: int, settings):
    """Return the query of drafts that have no images; none where the site wants no images."""
    query = select(content.c.id, content.c.title.label("title"), content.c.id.label("rank")).where(
        content.c.site_id == site_id,
        content.c.status == "draft",
        ~exists().where(image.c.content_id == content.c.id),
    )
    return query if settings.wants_images else query.where(content.c.id < 0)


def ask(batch: Batch, tools) -> Answers:
    """Return the image prompts of each draft."""
    with read_transaction() as tx:
        drafts = rows_by_id(tx, content, batch.subjects)
        language = site_of(tx, batch).language
    provider = tools.provider(KEY)

    def describe(item):
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

    return one_by_one(batch, describe)


def keep(tx, batch: Batch, answers: Answers) -> Kept:
    """Store the prompts as images that wait to be drawn."""
    kept = Kept()
    live = still_waiting(tx, waiting, batch, list(answers))
    kept.skipped = {
        s: "deleted or changed while the run was on"
        for s in answers
        if s not in live or answers[s] is None
    }
    taken = [s for s in answers if s not in kept.skipped]
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
        kept.made = tx.execute(insert_if_absent(tx, image), rows).rowcount
        made = tx.execute(MADE, {"ids": taken})
        kept.outputs = [Output(row.id, row.title, row.id) for row in made]
    kept.message = f"Described {counted(kept.made, 'images')} for {counted(len(taken), 'texts')}"
    return kept


def charge(tx, subject: int, spent) -> None:
    """Add what an item took to what its content cost."""
    Content.spend(tx, subject, spent)
