"""List the workers with their current work, and the items that crashed a worker."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models import Run, RunItem, Site, Worker
from igny8.models.worker import LOST_AFTER_S

run, item, worker, site = (model.__table__ for model in (Run, RunItem, Worker, Site))
MAX_WORKERS, MAX_ITEMS_PER_WORKER, MAX_CRASHED_ITEMS = 50, 5, 50
SHOWN_FOR = timedelta(days=1)
STATES = ("working", "idle", "lost", "killed", "stopped")
MAX_CLOCK_SKEW_S = 5.0  # half of the delay after which a worker looks lost


def workers_overview(version: str) -> dict[str, Any]:
    """Return {version, workers, slots, online, given_back, quarantined}.

    `version` is that of this process. Online workers come first, then those seen within a day. A
    worker's `state` is "working", "idle", "lost" (no heartbeat), "killed" (found dead) or
    "stopped"; `skew` is the difference of its clock from the database server's in seconds.
    """
    now = clock.now()
    with read_transaction() as tx:
        rows = tx.execute(
            select(worker)
            .where(worker.c.last_seen > now - SHOWN_FOR)
            .order_by(worker.c.stopped_at.is_not(None), worker.c.id.desc())
            .limit(MAX_WORKERS)
        ).all()
        items = tx.execute(
            _items_with_run(item.c.worker_id, item.c.started_at)
            .where(item.c.state == "active", item.c.worker_id.in_([row.id for row in rows]))
            .order_by(item.c.id)
        ).all()
        crashed = tx.execute(
            _items_with_run(item.c.state, item.c.crashes, item.c.error, item.c.error_kind)
            .where(item.c.crashes > 0)
            .order_by(item.c.id.desc())
            .limit(MAX_CRASHED_ITEMS)
        ).all()
    workers = [
        _worker_entry(row, [i for i in items if i.worker_id == row.id], version, now)
        for row in rows
    ]
    workers.sort(key=lambda w: STATES.index(w["state"]))
    online = [w for w in workers if w["state"] in ("working", "idle")]
    return {
        "version": version,
        "online": len(online),
        "slots": sum(w["slots"] for w in online),
        "workers": workers,
        "given_back": [_crash_entry(row) for row in crashed if not _is_quarantined(row)],
        "quarantined": [_crash_entry(row) for row in crashed if _is_quarantined(row)],
    }


def _crash_entry(row: Row[Any]) -> dict[str, Any]:
    return _item_entry(row) | {"state": row.state, "crashes": row.crashes, "error": row.error}


def _is_quarantined(row: Row[Any]) -> bool:
    return bool(row.state == "failed" and row.error_kind == "crash")


def _items_with_run(*columns: ColumnElement[Any]) -> Select[Any]:
    """Return a query of items with their run and their site."""
    return (
        select(
            item.c.title,
            item.c.stage,
            run.c.public_id,
            run.c.number,
            site.c.slug,
            site.c.name,
            *columns,
        )
        .join(run, run.c.id == item.c.run_id)
        .join(site, site.c.id == run.c.site_id)
    )


def _worker_entry(
    row: Row[Any], items: list[Row[Any]], version: str, now: datetime
) -> dict[str, Any]:
    alive = row.stopped_at is None and row.last_seen >= now - timedelta(seconds=LOST_AFTER_S)
    if row.stopped_at is not None:
        state = "killed" if row.killed else "stopped"
    else:
        state = "lost" if not alive else "working" if items else "idle"
    return {
        "id": row.id,
        "host": row.host.split("/")[0],
        "place": row.host,
        "pid": row.pid,
        "slots": row.slots,
        "version": row.version,
        "other_version": alive and row.version != version,
        "state": state,
        "started_at": row.started_at,
        "last_seen": row.last_seen,
        "stopped_at": row.stopped_at,
        "skew": row.skew,
        "clock_is_off": alive and row.skew is not None and abs(row.skew) > MAX_CLOCK_SKEW_S,
        "doing": [
            _item_entry(h)
            | {"since_seconds": max(0, round(now.timestamp() - (h.started_at or now.timestamp())))}
            for h in items[:MAX_ITEMS_PER_WORKER]
        ],
        "more": max(0, len(items) - MAX_ITEMS_PER_WORKER),
    }


def _item_entry(row: Row[Any]) -> dict[str, Any]:
    return {
        "title": row.title,
        "stage": row.stage,
        "run_id": row.public_id,
        "number": row.number,
        "slug": row.slug,
        "site": row.name,
    }
