"""Merge, split and rename clusters, and move keywords between them.

Every change locks the open run of the site first, updates its counters, and is stored so that it
can be undone (undo.py). A cluster that gains keywords waits for ideas again
(docs/decisions/0004-a-cluster-that-grows-is-new-again.md).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from igny8.engine.clusters import covered_keywords
from igny8.engine.clusters.steps import MEMBERS, RecordedUpdates, in_parts
from igny8.engine.runs.end_items import skip_items
from igny8.errors import ActionRefused
from igny8.formatting import pluralize
from igny8.models import Cluster, ClusterChange, Content, Idea, Keyword, Run, Site, Task
from igny8.models.cluster_change import MERGE, MOVE, RENAME, SPLIT
from igny8.slugs import cluster_slug_of

cluster, keyword = Cluster.__table__, Keyword.__table__
idea, task, content = Idea.__table__, Task.__table__, Content.__table__
IDEAS_STAGE = 2  # takes clusters
MERGED_KIND = "merged"  # error_kind of the skipped items
MAX_NAME_CHARS = 80
GONE = "A cluster was merged or deleted meanwhile. Open the list again."
NOTHING_MOVED = "None of these keywords is in this cluster any more."


def merge(tx: Connection, site_id: int, ids: Sequence[int], target_id: int, by: str) -> int:
    """Merge clusters into one of them; return how many keywords it gained.

    Their ideas and articles move along.
    """
    run = Run.lock_open_run(tx, site_id)
    rows = unlocked(tx, site_id, {*ids, target_id})
    sources = sorted(set(rows) - {target_id})
    if not sources:
        raise ActionRefused("Select at least two clusters.")
    steps, target = RecordedUpdates(tx), rows[target_id]
    gained = 0
    for table in MEMBERS:
        moved = select(table.c.id).where(table.c.cluster_id.in_(sources))
        found = steps.set(table.c.cluster_id, target_id, moved)
        gained = len(found) if table is keyword else gained
    gone = cluster.c.id.in_(sources) | cluster.c.merged_into_id.in_(sources)
    steps.set(cluster.c.merged_into_id, target_id, select(cluster.c.id).where(gone))
    names = ", ".join(f"“{rows[source].name}”" for source in sources)
    summary = f"Merged {names} into “{target.name}” ({pluralize(gained, 'keywords')})"
    ClusterChange.add(tx, site_id, MERGE, target_id, summary, steps.made, by)
    finish(tx, site_id, [target_id] if gained else [], [*sources, target_id])
    if run is not None:
        reason = f"merged into “{target.name}” by {by}"
        skip_items(tx, run, IDEAS_STAGE, sources, MERGED_KIND, reason)
        Run.recheck_wait(tx, site_id)
    return gained


def move(
    tx: Connection, site_id: int, source_id: int, ids: Sequence[int], target_id: int, by: str
) -> int:
    """Move keywords of a cluster to another; return how many."""
    Run.lock_open_run(tx, site_id)
    rows = unlocked(tx, site_id, {source_id, target_id})
    steps = RecordedUpdates(tx)
    moved = _move_keywords(steps, source_id, ids, target_id)
    if not moved or source_id == target_id:
        raise ActionRefused(NOTHING_MOVED)
    count = pluralize(len(moved), "keywords")
    summary = f"Moved {count} from “{rows[source_id].name}” to “{rows[target_id].name}”"
    ClusterChange.add(tx, site_id, MOVE, target_id, summary, steps.made, by)
    finish(tx, site_id, [target_id], [source_id, target_id])
    return len(moved)


def split(
    tx: Connection,
    site_id: int,
    source_id: int,
    groups: Sequence[tuple[str, Sequence[int]]],
    by: str,
) -> list[int]:
    """Move groups of keywords, each with a name, to new clusters; return their ids."""
    Run.lock_open_run(tx, site_id)
    source = unlocked(tx, site_id, {source_id})[source_id]
    steps, made, moves = RecordedUpdates(tx), [], []
    for name, ids in groups:
        new = _insert(tx, source, name)
        steps.made.append(_step_of_new(new, source_id))
        moved = _move_keywords(steps, source_id, ids, new)
        if not moved:
            raise ActionRefused(NOTHING_MOVED)
        made.append(new)
        moves.append(f"{pluralize(len(moved), 'keywords')} to “{name}”")
    left = select(keyword.c.id).where(keyword.c.cluster_id == source_id).limit(1)
    if not made or tx.execute(left).first() is None:
        raise ActionRefused("Select some of the keywords, and leave at least one.")
    summary = f"Split “{source.name}”: {', '.join(moves)}"
    ClusterChange.add(tx, site_id, SPLIT, source_id, summary, steps.made, by)
    finish(tx, site_id, [], [source_id, *made])
    return made


def rename(tx: Connection, site_id: int, cluster_id: int, name: str, pillar: str, by: str) -> bool:
    """Change the name and pillar of a cluster; return False if nothing would change."""
    Run.lock_open_run(tx, site_id)
    row = Cluster.for_update(tx, site_id, [cluster_id]).get(cluster_id)
    if row is None:
        raise ActionRefused(GONE)
    if name != row.name:
        _require_free_name(tx, site_id, name, cluster_id)
    steps, own = RecordedUpdates(tx), select(cluster.c.id).where(cluster.c.id == cluster_id)
    changes = []
    if steps.set(cluster.c.name, name, own):
        changes.append(f"Renamed “{row.name}” to “{name}”")
    if steps.set(cluster.c.pillar, pillar, own):
        changes.append(f"Changed the pillar of “{name}” to “{pillar}”")
    if not changes:
        return False
    ClusterChange.add(tx, site_id, RENAME, cluster_id, ". ".join(changes), steps.made, by)
    Run.touch_open_run(tx, site_id)
    return True


def unlocked(tx: Connection, site_id: int, ids: set[int]) -> dict[int, Row[Any]]:
    """Lock the rows of clusters and return them; refuse those that people marked as locked."""
    rows = Cluster.for_update(tx, site_id, sorted(ids))
    if len(rows) < len(ids):
        raise ActionRefused(GONE)
    kept = next((row for row in rows.values() if row.locked), None)
    if kept is not None:
        raise ActionRefused(f"“{kept.name}” is locked. Unlock it first.")
    return rows


def finish(tx: Connection, site_id: int, grown: Sequence[int], affected: Sequence[int]) -> None:
    """Queue clusters that gained keywords for ideas, and store what is covered elsewhere."""
    tx.execute(update(cluster).where(cluster.c.id.in_(grown)).values(status="new"))
    covered_keywords.refresh(tx, affected)
    Run.touch_open_run(tx, site_id)


def _move_keywords(
    steps: RecordedUpdates, source_id: int, ids: Sequence[int], target_id: int
) -> list[int]:
    """Move keywords with the ideas that have them as primary keyword, and their articles."""
    moved: list[int] = []
    for part in in_parts(ids):
        of_source = (keyword.c.cluster_id == source_id) & keyword.c.id.in_(part)
        words = select(keyword.c.id).where(of_source)
        found = steps.set(keyword.c.cluster_id, target_id, words)
        ideas = steps.set(
            idea.c.cluster_id,
            target_id,
            select(idea.c.id).where(
                idea.c.cluster_id == source_id, idea.c.primary_keyword_id.in_(found)
            ),
        )
        tasks = steps.set(
            task.c.cluster_id, target_id, select(task.c.id).where(task.c.idea_id.in_(ideas))
        )
        steps.set(
            content.c.cluster_id,
            target_id,
            select(content.c.id).where(content.c.task_id.in_(tasks)),
        )
        moved += found
    return moved


def _insert(tx: Connection, source: Row[Any], name: str) -> int:
    """Insert a cluster with the intent and pillar of another one; return its id."""
    _require_free_name(tx, source.site_id, name)
    values = {"name": name, "slug": _free_slug(tx, source.site_id, name), "status": "new"}
    values |= {"intent": source.intent, "pillar": source.pillar or source.name}
    row = cluster.insert().values(site_id=source.site_id, **values).returning(cluster.c.id)
    return int(tx.execute(row).scalar_one())


def _step_of_new(cluster_id: int, source_id: int) -> dict[str, Any]:
    """Return the step of a new cluster; undoing it merges the cluster into its source."""
    ends = {"old": source_id, "new": None}
    return {"table": "cluster", "column": "merged_into_id", "ids": [cluster_id], **ends}


def _require_free_name(tx: Connection, site_id: int, name: str, besides: int = 0) -> None:
    """Refuse a name that another cluster has; parallel changes are serialised by a lock."""
    Site.lock(tx, site_id)
    taken = select(cluster.c.id).where(
        cluster.c.site_id == site_id,
        cluster.c.merged_into_id.is_(None),
        cluster.c.id != besides,
        func.lower(cluster.c.name) == name.lower(),
    )
    if tx.execute(taken.limit(1)).first() is not None:
        raise ActionRefused(f"There is a cluster “{name}” already. Choose another name.")


def _free_slug(tx: Connection, site_id: int, name: str) -> str:
    slug = cluster_slug_of(name)
    query = select(cluster.c.slug).where(
        cluster.c.site_id == site_id, cluster.c.slug.startswith(slug, autoescape=True)
    )
    taken = set(tx.execute(query).scalars())
    numbers = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(each for each in numbers if each not in taken)
