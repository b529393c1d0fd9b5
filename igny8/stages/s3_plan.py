"""Stage 3, ideas → tasks: accept the ideas for writing, best opportunity first."""

from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select, update

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import Coverage, GateDecision, Idea, Keyword, RunSettings, Task
from igny8.models.base import insert_if_absent
from igny8.models.idea import hand_priority
from igny8.providers.base import demand
from igny8.stages.base import (
    IDS_PARAM,
    Answers,
    Batch,
    Output,
    PersistResult,
    Tools,
    rows_by_id,
    still_waiting_ids,
)

NUMBER, KEY, SHORT_NAME, NAME = 3, "plan", "Plan", "Ideas → Tasks"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "ideas", "tasks", "ranking"
RESULT_KEYS = ("ideas_processed", "tasks_created")
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.0008, outputs=1.0)
UNKNOWN_DIFFICULTY = 50.0

idea, task, keyword = Idea.__table__, Task.__table__, Keyword.__table__
MARK_QUEUED = update(idea).where(idea.c.id.in_(IDS_PARAM)).values(status="queued")
COVERED = select(idea.c.id, idea.c.covered).where(idea.c.id.in_(IDS_PARAM), idea.c.covered != "")
CREATED_TASKS = (
    select(task.c.id, task.c.idea_id, task.c.priority)
    .where(task.c.idea_id.in_(IDS_PARAM), task.c.status == "queued")
    .order_by(task.c.id)
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of new, enabled ideas in the chosen order, else oldest first."""
    rank = func.coalesce(idea.c.position, idea.c.id).label("rank")
    return select(idea.c.id, idea.c.title.label("title"), rank).where(
        idea.c.site_id == site_id,
        idea.c.status == "new",
        idea.c.disabled.is_(False),
        or_(idea.c.covered == "", GateDecision.approval_condition(NUMBER, idea.c.id)),
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return the priority of each idea: by position in the chosen order, else its opportunity."""
    with read_transaction() as tx:
        ideas = rows_by_id(tx, idea, batch.subject_ids)
        primary = rows_by_id(tx, keyword, [row.primary_keyword_id for row in ideas.values()])
    return {
        subject: opportunity(primary.get(row.primary_keyword_id), row.secondary)
        if row.position is None
        else hand_priority(row.position)
        for subject in batch.subject_ids
        for row in [ideas.get(subject)]
        if row is not None
    }


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Queue a task for each idea."""
    result = PersistResult()
    Coverage.hold_covered(tx, batch.site_id, batch.subject_ids)
    live = still_waiting_ids(tx, waiting_query, batch, batch.subject_ids)
    covered = dict(tx.execute(COVERED, {"ids": batch.subject_ids}).all())
    result.skipped = {
        s: covered.get(s) or "deleted or disabled during the run"
        for s in batch.subject_ids
        if s not in live or s not in answers
    }
    taken = [s for s in batch.subject_ids if s not in result.skipped]
    if not taken:
        return result
    ideas = rows_by_id(tx, idea, taken)
    result.made = tx.execute(
        insert_if_absent(tx, task),
        [
            {
                "site_id": batch.site_id,
                "idea_id": s,
                "cluster_id": ideas[s].cluster_id,
                "priority": answers[s],
            }
            for s in taken
        ],
    ).rowcount
    tx.execute(MARK_QUEUED, {"ids": taken})
    tasks = tx.execute(CREATED_TASKS, {"ids": taken}).all()
    result.outputs = [Output(t.id, ideas[t.idea_id].title, -t.priority) for t in tasks]
    result.message = f"Accepted {pluralize(result.made, INPUT_UNIT)} for writing"
    return result


def opportunity(primary: Row | None, secondary: list[dict]) -> int:
    """Return the sum over the keywords of demand · (1 − difficulty / 100) · weight, rounded.

    The weight is 1 for the primary keyword and ½ for others; an unknown difficulty counts as 50.
    """
    total = 0.0
    if primary is not None:
        total += _achievable_demand(primary.volume, primary.impressions, primary.difficulty)
    for phrase in secondary:
        total += 0.5 * _achievable_demand(
            phrase.get("volume"), phrase.get("impressions"), phrase.get("difficulty")
        )
    return round(total)


def _achievable_demand(
    volume: int | None, impressions: int | None, difficulty: float | None
) -> float:
    hard = UNKNOWN_DIFFICULTY if difficulty is None else min(100.0, max(0.0, difficulty))
    return demand(volume, impressions) * (1.0 - hard / 100.0)


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Disable ideas that people rejected; return no outputs."""
    Idea.disable(tx, site_id, ids)
    return []
