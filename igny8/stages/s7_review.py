"""Stage 7, review: hand finished articles over to people for review."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from igny8 import clock
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.internal_links import internal_link_slugs, remove_dead_links
from igny8.models import Content, RunSettings
from igny8.sanitising import clean
from igny8.stages.base import (
    IDS_PARAM,
    Answers,
    Batch,
    Output,
    PersistResult,
    Tools,
    still_waiting_ids,
)

NUMBER, KEY, SHORT_NAME, NAME = 7, "review", "Review", "Your review"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "briefs", "texts to review", "handing over"
MODEL_INPUT_UNIT = "articles"
RESULT_KEYS = ("content_processed", "ready_for_review")
SKIP_REASON = "deleted or decided during the run"
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.0005, outputs=0.0)

content = Content.__table__
ARTICLES_WITH_LINKS = select(content.c.id, content.c.html).where(
    content.c.id.in_(IDS_PARAM), content.c.kind == "article", content.c.html.contains('href="/')
)
EXISTING_SLUGS = select(content.c.slug).where(
    content.c.site_id == bindparam("of_site"),
    content.c.slug.in_(bindparam("slugs", expanding=True)),
)
HAND_OVER = (
    update(content)
    .where(content.c.id.in_(IDS_PARAM))
    .values(status="review", handed_over=True, handed_over_at=bindparam("now"))
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of contents in review that were not handed over yet.

    If the site wants no images, drafts come straight from stage 4.
    """
    ready = content.c.status.in_(("review",) if settings.wants_images else ("review", "draft"))
    return select(content.c.id, content.c.title.label("title"), content.c.id.label("rank")).where(
        content.c.site_id == site_id, content.c.handed_over.is_(False), ready
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return empty answers: people do the work of this stage."""
    return dict.fromkeys(batch.subject_ids)


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Add each content to the review queue."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    result.skipped = {s: SKIP_REASON for s in answers if s not in live}
    _remove_dead_links(tx, batch.site_id, list(live))
    result.made = tx.execute(HAND_OVER, {"ids": list(live), "now": clock.now()}).rowcount
    result.message = f"Put {pluralize(result.made, 'articles')} into the review queue"
    return result


def without_links(tx: Connection, ids: list[int]) -> list[int]:
    """Return which of these contents have no links to other pages of their site."""
    linking = {row.id for row in tx.execute(ARTICLES_WITH_LINKS, {"ids": ids})}
    return [content_id for content_id in ids if content_id not in linking]


def _remove_dead_links(tx: Connection, site_id: int, ids: list[int]) -> None:
    """Remove links to planned pages that were not written."""
    rows = tx.execute(ARTICLES_WITH_LINKS, {"ids": ids}).all()
    wanted = {slug for row in rows for slug in internal_link_slugs(row.html)}
    there = (
        set(tx.execute(EXISTING_SLUGS, {"of_site": site_id, "slugs": list(wanted)}).scalars())
        if wanted
        else set()
    )
    for row in rows:
        html = remove_dead_links(row.html, there)
        if html != row.html:
            tx.execute(update(content).where(content.c.id == row.id).values(html=clean(html)))


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Reject articles before they are handed over; return no outputs."""
    Content.reject_unfinished(tx, site_id, ids, reason)
    return []
