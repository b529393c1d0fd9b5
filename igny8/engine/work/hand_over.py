"""Hand finished articles over for review in the transaction that finishes them.

An article is final once its images are, so it does not wait until the run reaches its last stage.
Protocol: docs/engine.md#settle.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from igny8 import clock
from igny8.engine.runs.gates import needs_approval
from igny8.models import RunItem
from igny8.stages import LAST, get_stage, next_stage, s7_review
from igny8.stages.base import IDS_PARAM, Batch, Item, Output

item = RunItem.__table__
DRAW = 6  # an article of an earlier stage may link to pages that are still to be written

# Built once at import: building a statement costs more than executing it.
QUEUED_ITEMS = select(item.c.id, item.c.subject_id, item.c.title).where(
    item.c.run_id == bindparam("of_run"),
    item.c.stage == LAST,
    item.c.state == "queued",
    item.c.subject_id.in_(IDS_PARAM),
)
CLOSE_ITEMS = (
    update(item)
    .where(item.c.id.in_(IDS_PARAM), item.c.state == "queued")
    .values(
        state=bindparam("new_state"),
        error=bindparam("message"),
        attempt=1,
        seconds=0.0,
        finished_at=bindparam("now"),
    )
)


@dataclass(frozen=True)
class HandOverCounts:
    """Counts of review items that ended: done, skipped; `made` texts in review."""

    done: int = 0
    skipped: int = 0
    made: int = 0


def hand_over_outputs(tx: Connection, batch: Batch, outputs: list[Output]) -> HandOverCounts:
    """Hand over the final outputs of a claim and mark their review items as done.

    `outputs` are enrolled already. Return zeros if the next stage is not the review.
    """
    if not outputs or next_stage(batch.stage, batch.settings) != LAST:
        return HandOverCounts()
    if needs_approval(tx, batch.site_id, LAST, batch.settings):
        return HandOverCounts()
    ids = [output.subject_id for output in outputs]
    if batch.stage < DRAW:
        ids = s7_review.without_links(tx, ids)
    rows = tx.execute(QUEUED_ITEMS, {"of_run": batch.run_id, "ids": ids}).all()
    if not rows:
        return HandOverCounts()
    items = tuple(Item(row.id, row.subject_id, row.title, 1, 0) for row in rows)
    review = Batch(batch.run_id, batch.site_id, LAST, batch.token, batch.settings, items)
    result = get_stage(LAST).persist(tx, review, dict.fromkeys(review.subject_ids))
    skipped = [i.id for i in items if i.subject_id in result.skipped]
    done = [i.id for i in items if i.subject_id not in result.skipped]
    now = clock.now().timestamp()
    for state, chosen in (("done", done), ("skipped", skipped)):
        if chosen:
            reason = s7_review.SKIP_REASON if state == "skipped" else None
            facts = {"ids": chosen, "new_state": state, "message": reason, "now": now}
            tx.execute(CLOSE_ITEMS, facts)
    return HandOverCounts(len(done), len(skipped), result.made)
