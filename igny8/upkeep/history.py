"""Delete old history: items, log lines and stored replies of ended runs, and audit entries.

Articles and their data are kept, and so are runs with their counters, credits and money.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    select,
    update,
)

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    ENDED,
    AuditEntry,
    ProviderRequest,
    Run,
    RunEvent,
    RunItem,
    StageResult,
)

BATCH_ROWS = 5_000  # of audit entries that one transaction deletes
run, audit = Run.__table__, AuditEntry.__table__
request = ProviderRequest.__table__
DELETED_TABLES: tuple[tuple[str, Table], ...] = (
    ("items", RunItem.__table__),
    ("log_lines", RunEvent.__table__),
    ("results", StageResult.__table__),
)


@dataclass
class History:
    """Numbers of deleted rows per kind; `reply_bytes` is the size of the stored replies."""

    runs: int = 0
    items: int = 0
    log_lines: int = 0
    results: int = 0
    replies: int = 0
    reply_bytes: int = 0
    audit_entries: int = 0

    def add(self, other: "History") -> None:
        """Add the numbers of another object."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


def measure(before: datetime, with_audit: bool) -> History:
    """Return the numbers that `prune` would delete now."""
    with read_transaction() as tx:
        found = History()
        for run_id in prunable_runs(tx, before):
            found.add(_count(tx, run_id))
        if with_audit:
            found.audit_entries = tx.execute(
                select(func.count()).select_from(audit).where(audit.c.at < before)
            ).scalar_one()
    return found


def prune(before: datetime, with_audit: bool, by: str) -> History:
    """Delete older history; return the numbers. Each run and each batch is its own transaction.

    It can be interrupted at any time and repeated.
    """
    done = History()
    with read_transaction() as tx:
        run_ids = prunable_runs(tx, before)
    for run_id in run_ids:
        with write_transaction() as tx:
            if Run.lock(tx, run_id) is not None:
                done.add(_prune_run(tx, run_id))
    if with_audit:
        for count in _delete_audit_entries(before):
            done.audit_entries += count
    with write_transaction() as tx:
        AuditEntry.log(tx, "history: prune", by, detail=f"older than {before:%Y-%m-%d %H:%M} UTC")
    return done


def prunable_runs(tx: Connection, before: datetime) -> list[int]:
    """Return the ids of runs that ended before a time and whose details may be deleted.

    Each site's newest run and its newest run with items are kept, because pages show them, and runs
    that a kept run retries, because it reuses their paid replies. Runs that were pruned before are
    left out.
    """
    columns = (run.c.id, run.c.site_id, run.c.parent_id, run.c.state, run.c.finished_at)
    rows = tx.execute(select(*columns, run.c.pruned_at).order_by(run.c.id)).all()
    newest = {row.site_id: row.id for row in rows}
    shown = {row.site_id: row.id for row in rows if row.state != "nothing_to_do"}
    kept: set[int] = set()
    for row in reversed(rows):  # a retry is younger than its parent
        is_old = row.state in ENDED and row.finished_at is not None and row.finished_at < before
        is_shown = row.id in (newest[row.site_id], shown.get(row.site_id))
        if row.id in kept or not is_old or is_shown:
            kept.add(row.id)
            if row.parent_id is not None:
                kept.add(row.parent_id)
    return [row.id for row in rows if row.id not in kept and row.pruned_at is None]


def _prune_run(tx: Connection, run_id: int) -> History:
    found = _count(tx, run_id)
    for _, table in DELETED_TABLES:
        tx.execute(delete(table).where(table.c.run_id == run_id))
    tx.execute(update(request).where(_has_reply(run_id)).values(body=None))
    tx.execute(
        update(run)
        .where(run.c.id == run_id)
        .values(pruned_at=clock.now(), version=run.c.version + 1)
    )
    return found


def _count(tx: Connection, run_id: int) -> History:
    counts: dict[str, Any] = {
        name: tx.execute(
            select(func.count()).select_from(table).where(table.c.run_id == run_id)
        ).scalar_one()
        for name, table in DELETED_TABLES
    }
    number, size = tx.execute(
        select(func.count(), func.coalesce(func.sum(func.length(request.c.body)), 0)).where(
            _has_reply(run_id)
        )
    ).one()
    return History(runs=1, replies=number, reply_bytes=int(size), **counts)


def _has_reply(run_id: int) -> ColumnElement[bool]:
    return (request.c.run_id == run_id) & request.c.body.is_not(None)


def _delete_audit_entries(before: datetime) -> Iterator[int]:
    """Delete old audit entries; yield the number per batch."""
    while True:
        with write_transaction() as tx:
            ids = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.id)
            batch = tx.execute(ids.limit(BATCH_ROWS)).scalars().all()
            if not batch:
                return
            tx.execute(delete(audit).where(audit.c.id <= batch[-1], audit.c.at < before))
        yield len(batch)
