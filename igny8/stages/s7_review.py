"""Stage 7, the manual review gate: hand finished articles over to a person."""

from sqlalchemy import bindparam, select, update

from igny8 import clock
from igny8.forecast import Rate
from igny8.models import Content
from igny8.publishing.linking import internal_link_slugs, remove_dead_links
from igny8.sanitising import clean
from igny8.stages.base import SOME, Answers, Batch, Kept, counted, still_waiting

NUMBER, KEY, SHORT, NAME = 7, "review", "Review", "Manual review gate"
TAKES, MAKES, VERB = "briefs", "texts to review", "handing over"
MODEL_TAKES = "articles"
RESULT_KEYS = ("content_processed", "ready_for_review")
WHOLE = False
PRIOR = Rate(seconds=0.0005, outputs=0.0)

content = Content.__table__
LINKING = select(content.c.id, content.c.html).where(
    content.c.id.in_(SOME), content.c.kind == "article", content.c.html.contains('href="/')
)
THERE = select(content.c.slug).where(
    content.c.site_id == bindparam("of_site"),
    content.c.slug.in_(bindparam("slugs", expanding=True)),
)
HAND_OVER = (
    update(content)
    .where(content.c.id.in_(SOME))
    .values(status="review", handed_over=True, handed_over_at=bindparam("now"))
)


def waiting(site_id: int, settings):
    """Return the query of contents in review that nobody was shown yet.

    Where the site wants no images, drafts come straight from stage 4.
    """
    ready = content.c.status.in_(("review",) if settings.wants_images else ("review", "draft"))
    return select(content.c.id, content.c.title.label("title"), content.c.id.label("rank")).where(
        content.c.site_id == site_id, content.c.handed_over.is_(False), ready
    )


def ask(batch: Batch, tools) -> Answers:
    """Return nothing to think about: the gate is for people."""
    return dict.fromkeys(batch.subjects)


def keep(tx, batch: Batch, answers: Answers) -> Kept:
    """Give each content its place in the review queue."""
    kept = Kept()
    live = still_waiting(tx, waiting, batch, list(answers))
    kept.skipped = {s: "deleted or decided while the run was on" for s in answers if s not in live}
    _unlink(tx, batch.site_id, list(live))
    kept.made = tx.execute(HAND_OVER, {"ids": list(live), "now": clock.now()}).rowcount
    kept.message = f"Put {counted(kept.made, 'texts')} into the review queue"
    return kept


def _unlink(tx, site_id: int, ids: list[int]) -> None:
    """Take links out of articles to pages that were planned and, as all is written now, are not there."""
    rows = tx.execute(LINKING, {"ids": ids}).all()
    wanted = {slug for row in rows for slug in internal_link_slugs(row.html)}
    there = (
        set(tx.execute(THERE, {"of_site": site_id, "slugs": list(wanted)}).scalars())
        if wanted
        else set()
    )
    for row in rows:
        html = remove_dead_links(row.html, there)
        if html != row.html:
            tx.execute(update(content).where(content.c.id == row.id).values(html=clean(html)))
