"""Undo a change of clusters, unless a later change touched the same rows."""

from sqlalchemy import Connection, Row, select

from igny8.engine.clusters.edits import (
    IDEAS_STAGE,
    MERGED_KIND,
    finish,
    unlocked,
)
from igny8.engine.clusters.steps import MEMBERS, column_of, differs, in_parts, write
from igny8.engine.runs.end_items import skip_items
from igny8.errors import ActionRefused
from igny8.models import Cluster, ClusterChange, Keyword, Run
from igny8.models.cluster_change import RENAME, SPLIT

cluster, keyword = Cluster.__table__, Keyword.__table__
LATER_CHANGE = "A later change touched the same clusters or keywords. Undo that one first."
UNDONE = "This change was undone already."


def undo(tx: Connection, site_id: int, change_id: int, by: str) -> Row:
    """Undo a change and return its row; what runs made afterwards stays.

    Ideas and keywords that joined a new cluster of an undone split move to the cluster that was
    split.
    """
    run = Run.lock_open_run(tx, site_id)
    row = ClusterChange.mark_undone(tx, site_id, change_id, by)
    if row is None:
        raise ActionRefused(UNDONE)
    if any(differs(tx, step) for step in row.steps):
        raise ActionRefused(LATER_CHANGE)
    affected = _clusters_of(row)
    if row.kind != RENAME:
        _require_unlocked(tx, site_id, affected)
    joined = _take_back_all(tx, row) if row.kind == SPLIT else False
    for step in reversed(row.steps):
        for part in in_parts(step["ids"]):
            write(tx, column_of(step), step["old"], part)
    finish(tx, site_id, [row.cluster_id] if joined else [], affected)
    if run is not None and row.kind == SPLIT:
        reason = f"the split was undone by {by}"
        skip_items(tx, run, IDEAS_STAGE, _made(row), MERGED_KIND, reason)
        Run.recheck_wait(tx, site_id)
    return row


def _clusters_of(row: Row) -> list[int]:
    """Return the ids of the clusters that a change affected."""
    found = {row.cluster_id}
    for step in row.steps:
        if step["column"] == "cluster_id":
            found |= {step["old"], step["new"]}
        elif step["column"] == "merged_into_id":
            found |= set(step["ids"])
    return sorted(found)


def _require_unlocked(tx: Connection, site_id: int, ids: list[int]) -> None:
    query = select(cluster.c.id).where(cluster.c.id.in_(ids), cluster.c.merged_into_id.is_(None))
    unlocked(tx, site_id, set(tx.execute(query).scalars()))


def _made(row: Row) -> list[int]:
    """Return the ids of the clusters that a split created."""
    return [i for step in row.steps if step["column"] == "merged_into_id" for i in step["ids"]]


def _take_back_all(tx: Connection, row: Row) -> bool:
    """Move all members of the new clusters back; return whether later keywords were among them.

    Later keywords are those that runs added after the split.
    """
    split_off = {i for step in row.steps if step["table"] == keyword.name for i in step["ids"]}
    joined = False
    for table in MEMBERS:
        within = select(table.c.id).where(table.c.cluster_id.in_(_made(row)))
        ids = list(tx.execute(within).scalars())
        joined |= table is keyword and not split_off.issuperset(ids)
        write(tx, table.c.cluster_id, row.cluster_id, ids)
    return joined
