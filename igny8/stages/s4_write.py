"""Stage 4, tasks → content: write the article, or the brief for a writer."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, select, update

from igny8 import clock
from igny8.forecast import Rate
from igny8.formatting import pluralize
from igny8.models import (
    Cluster,
    Content,
    ContentVersion,
    Idea,
    Image,
    Keyword,
    RunSettings,
    Task,
)
from igny8.models.base import insert_if_absent
from igny8.providers.base import Draft
from igny8.sanitising import clean
from igny8.stages.assignments import assignment, load_rows
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

NUMBER, KEY, SHORT_NAME, NAME = 4, "write", "Write", "Tasks → Content"
INPUT_UNIT, OUTPUT_UNIT, ACTIVITY = "tasks", "briefs", "writing"
MODEL_OUTPUT_UNIT = "articles"
RESULT_KEYS = ("tasks_processed", "content_created")
PLANS_WHOLE_STAGE = False
PRIOR_RATE = Rate(seconds=0.02, outputs=1.0)

task, idea, keyword = Task.__table__, Idea.__table__, Keyword.__table__
cluster, content, image = Cluster.__table__, Content.__table__, Image.__table__
CLUSTERS_OF_TASKS = select(task.c.id, task.c.cluster_id).where(task.c.id.in_(IDS_PARAM))
EXISTING_CONTENT = select(content.c.task_id).where(content.c.task_id.in_(IDS_PARAM))
DELETE_IMAGES = delete(image).where(
    image.c.content_id.in_(
        select(content.c.id).where(content.c.task_id.in_(IDS_PARAM)).scalar_subquery()
    )
)
MARK_COMPLETED = update(task).where(task.c.id.in_(IDS_PARAM)).values(status="completed", note="")
REPLACE_CONTENT = (
    update(content).where(content.c.task_id == bindparam("t")).values(version=content.c.version + 1)
)
CREATED_CONTENT = select(content.c.id, content.c.task_id, content.c.title).where(
    content.c.task_id.in_(IDS_PARAM)
)


def waiting_query(site_id: Any, settings: RunSettings) -> Select[Any]:
    """Return the query of queued tasks, highest priority first."""
    return (
        select(task.c.id, idea.c.title.label("title"), (-task.c.priority).label("rank"))
        .join(idea, idea.c.id == task.c.idea_id)
        .where(task.c.site_id == site_id, task.c.status == "queued")
    )


def process(batch: Batch, tools: Tools) -> Answers:
    """Return (answer with a Draft, provider name, row of the idea) for each task."""
    rows = load_rows(batch)
    provider = tools.provider(KEY)

    def write(item: Item) -> Any:
        row = rows.tasks.get(item.subject_id)
        if row is None:
            return None
        answer = provider.write(assignment(row, rows, batch), tools.calls(item))
        return answer, provider.name, rows.ideas[row.idea_id]

    return process_each(batch, write)


def persist(tx: Connection, batch: Batch, answers: Answers) -> PersistResult:
    """Store the drafts and complete their tasks; a text that was sent back is replaced."""
    result = PersistResult()
    live = still_waiting_ids(tx, waiting_query, batch, list(answers))
    result.skipped = {s: "deleted during the run" for s in answers if s not in live}
    taken = [s for s in answers if s in live and answers[s] is not None]
    if not taken:
        return result
    found = tx.execute(CLUSTERS_OF_TASKS, {"ids": taken})
    clusters = {row.id: row.cluster_id for row in found}
    rows = [_content_row(batch, s, clusters[s], *answers[s]) for s in taken]
    result.made = len(rows)
    known = set(tx.execute(EXISTING_CONTENT, {"ids": taken}).scalars())
    again = [{"t": row.pop("task_id"), **row} for row in rows if row["task_id"] in known]
    if again:
        tasks = [row["t"] for row in again]
        tx.execute(DELETE_IMAGES, {"ids": tasks})
        ContentVersion.keep(tx, content.c.task_id.in_(tasks))
        tx.execute(REPLACE_CONTENT, again)
    fresh = [row for row in rows if "task_id" in row]
    if fresh:
        tx.execute(insert_if_absent(tx, content), fresh)
    tx.execute(MARK_COMPLETED, {"ids": taken})
    made = tx.execute(CREATED_CONTENT, {"ids": taken}).all()
    _keep_first_texts(tx, batch, answers, made)
    order = {s: position for position, s in enumerate(taken)}
    result.outputs = [
        Output(c.id, c.title, c.id) for c in sorted(made, key=lambda c: order[c.task_id])
    ]
    result.message = _summary([answers[s][0].value for s in taken])
    return result


def _keep_first_texts(tx: Connection, batch: Batch, answers: Answers, made: Sequence[Row]) -> None:
    """Store the first text of an article as an earlier version if the model rewrote a part."""
    for row in made:
        answer = answers[row.task_id][0]
        if answer.value.first_html:
            ContentVersion.add_first(
                tx, row.id, batch.site_id, answer.model, clean(answer.value.first_html)
            )


def add_cost(tx: Connection, subject: int, spent: Any) -> None:
    """Add the cost of an item to that of its content."""
    Content.spend(
        tx, select(content.c.id).where(content.c.task_id == subject).scalar_subquery(), spent
    )


def _content_row(
    batch: Batch, task_id: int, cluster_id: int, answer: Any, provider: str, plan: Row[Any]
) -> dict:
    draft = answer.value
    return {
        "task_id": task_id,
        "site_id": batch.site_id,
        "cluster_id": cluster_id,
        "kind": draft.kind,
        "provider": provider,
        "title": draft.title,
        "slug": draft.slug,
        "meta_title": draft.meta_title,
        "meta_description": draft.meta_description,
        "excerpt": draft.excerpt,
        "html": clean(draft.html),
        "words": draft.words,
        "headings": list(draft.headings),
        "primary_phrase": plan.primary_phrase,
        "checks": [asdict(check) for check in draft.checks],
        "citations": [asdict(citation) for citation in draft.citations],
        "outline": {"planned": plan.outline, **asdict(draft.outline)} if draft.outline else {},
        "model": answer.model,
        "prompt": answer.prompt,
        "status": "draft",
        "handed_over": False,
        "handed_over_at": None,
        "decision_reason": "",
        "decided_at": None,
        "decided_by": "",
        "rule_hours": None,
        "edited_by": "",
        "edited_at": None,
        "version_kind": "machine",
        "run_id": batch.run_id,
        "created_at": clock.now(),
    }


def _summary(drafts: list[Draft]) -> str:
    """Return the log line of a batch."""
    if len(drafts) == 1:
        return f"Wrote “{drafts[0].title}” · {drafts[0].words:,} words"
    texts = pluralize(len(drafts), f"{drafts[0].kind}s")
    return f"Wrote {texts} · {sum(draft.words for draft in drafts):,} words"


def reject(tx: Connection, site_id: int, ids: list[int], reason: str) -> list[Output]:
    """Disable accepted ideas that people rejected and delete their tasks."""
    of_task = select(task.c.idea_id).where(task.c.id.in_(ids), task.c.site_id == site_id)
    written = select(content.c.task_id).where(content.c.task_id.in_(ids))
    ideas = list(tx.execute(of_task.where(task.c.id.not_in(written))).scalars())
    tx.execute(update(idea).where(idea.c.id.in_(ideas)).values(status="new", disabled=True))
    tx.execute(delete(task).where(task.c.idea_id.in_(ideas)))
    rewritten = (task.c.id.in_(ids)) & (task.c.site_id == site_id)
    tx.execute(update(task).where(rewritten).values(status="completed"))
    return []
