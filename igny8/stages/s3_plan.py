"""Stage 3, ideas → tasks: accept the ideas for writing, the best opportunity first."""

from sqlalchemy import select, update

from igny8.extensions import read_transaction
from igny8.forecast import Rate
from igny8.models import Idea, Keyword, Task
from igny8.models.base import insert_if_absent
from igny8.providers.base import demand
from igny8.stages.base import SOME, Answers, Batch, Kept, Output, counted, rows_by_id, still_waiting

NUMBER, KEY, SHORT, NAME = 3, "plan", "Plan", "Ideas → Tasks"
TAKES, MAKES, VERB = "ideas", "tasks", "ranking"
RESULT_KEYS = ("ideas_processed", "tasks_created")
WHOLE = False
PRIOR = Rate(seconds=0.0008, outputs=1.0)
UNKNOWN_DIFFICULTY = 50.0

idea, task, keyword = Idea.__table__, Task.__table__, Keyword.__table__
ACCEPT = update(idea).where(idea.c.id.in_(SOME)).values(status="queued")
MADE = (
    select(task.c.id, task.c.idea_id, task.c.priority)
    .where(task.c.idea_id.in_(SOME), task.c.status == "queued")
    .order_by(task.c.id)
)


def waiting(site_id: int, settings):
    """Return the query of ideas that are new and not disabled, oldest first."""
    return select(idea.c.id, idea.c.title.label("title"), idea.c.id.label("rank")).where(
        idea.c.site_id == site_id, idea.c.status == "new", idea.c.disabled.is_(False)
    )


def ask(batch: Batch, tools) -> Answers:
    """Return the opportunity of each idea: the searches it could win, less what is hard to win."""
    with read_transaction() as tx:
        ideas = rows_by_id(tx, idea, batch.subjects)
        primary = rows_by_id(tx, keyword, [row.primary_keyword_id for row in ideas.values()])
    return {
        subject: opportunity(primary.get(row.primary_keyword_id), row.secondary)
        for subject in batch.subjects
        for row in [ideas.get(subject)]
        if row is not None
    }


def keep(tx, batch: Batch, answers: Answers) -> Kept:
    """Queue a task for each idea."""
    kept = Kept()
    live = still_waiting(tx, waiting, batch, batch.subjects)
    kept.skipped = {
        s: "deleted or disabled while the run was on"
        for s in batch.subjects
        if s not in live or s not in answers
    }
    taken = [s for s in batch.subjects if s not in kept.skipped]
    if not taken:
        return kept
    ideas = rows_by_id(tx, idea, taken)
    kept.made = tx.execute(
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
    tx.execute(ACCEPT, {"ids": taken})
    tasks = tx.execute(MADE, {"ids": taken}).all()
    kept.outputs = [Output(t.id, ideas[t.idea_id].title, -t.priority) for t in tasks]
    kept.message = f"Queued {counted(kept.made, MAKES)} for writing"
    return kept


def opportunity(primary, secondary: list[dict]) -> int:
    """Return a whole number: the sum over the keywords of demand · (1 − difficulty / 100) · weight.

    The primary keyword weighs 1, the others a half; an unknown difficulty counts as 50.
    """
    total = 0.0
    if primary is not None:
        total += _winnable(primary.volume, primary.impressions, primary.difficulty)
    for phrase in secondary:
        total += 0.5 * _winnable(
            phrase.get("volume"), phrase.get("impressions"), phrase.get("difficulty")
        )
    return round(total)


def _winnable(volume: int | None, impressions: int | None, difficulty: float | None) -> float:
    hard = UNKNOWN_DIFFICULTY if difficulty is None else min(100.0, max(0.0, difficulty))
    return demand(volume, impressions) * (1.0 - hard / 100.0)
