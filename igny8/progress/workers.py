"""Who works: every worker with what it does, and the items that workers gave back or were killed by."""

from datetime import timedelta

from sqlalchemy import select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models import Run, RunItem, Site, Worker
from igny8.models.worker import LOST_AFTER_S

run, item, worker, site = (model.__table__ for model in (Run, RunItem, Worker, Site))
MAX_WORKERS, MAX_ITEMS_PER_WORKER, MAX_CRASHED_ITEMS = 50, 5, 50
SHOWN_FOR = timedelta(days=1)
MAX_CLOCK_SKEW_S = 5.0  # seconds: half of what keeps a beat from looking lost


def workers_overview(version: str) -> dict:
    """Return {workers, slots, online, given_back, quarantined}; `version` is that of the code that looks.

    Workers alive come first, then those seen within a day. `state` is "working", "idle", "lost" (it does
    not beat), "killed" (found dead) or "stopped" (signed off); `other_version` says that it runs other
    code, `skew` how far its clock is off.
    """
    now = clock.now()
    with read_transaction() as tx:
        rows = tx.execute(
            select(worker)
            .where(worker.c.last_seen > now - SHOWN_FOR)
            .order_by(worker.c.stopped_at.is_not(None), worker.c.id.desc())
            .limit(MAX_WORKERS)
        ).all()
        hands = tx.execute(
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
        _worker_entry(row, [h for h in hands if h.worker_id == row.id], version, now)
        for row in rows
    ]
    workers.sort(key=lambda w: ("working", "idle", "lost", "killed", "stopped").index(w["state"]))
    online = [w for w in workers if w["state"] in ("working", "idle")]
    told = [
        _item_entry(row) | {"state": row.state, "crashes": row.crashes, "error": row.error}
        for row in crashed
    ]
    quarantine = [row.state == "failed" and row.error_kind == "crash" for row in crashed]
    return {
        "version": version,
        "online": len(online),
        "slots": sum(w["slots"] for w in online),
        "workers": workers,
        "given_back": [line for line, is_out in zip(told, quarantine, strict=True) if not is_out],
        "quarantined": [line for line, is_out in zip(told, quarantine, strict=True) if is_out],
    }


def _items_with_run(*columns):
    """Return a query of items with the run and the site that they belong to."""
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


def _worker_entry(row, hands, version: str, now) -> dict:
    alive = row.stopped_at is None and row.last_seen >= now - timedelta(seconds=LOST_AFTER_S)
    if row.stopped_at is not None:
        state = "killed" if row.killed else "stopped"
    else:
        state = "lost" if not alive else "working" if hands else "idle"
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
            for h in hands[:MAX_ITEMS_PER_WORKER]
        ],
        "more": max(0, len(hands) - MAX_ITEMS_PER_WORKER),
    }


def _item_entry(row) -> dict:
    return {
        "title": row.title,
        "stage": row.stage,
        "run_id": row.public_id,
        "number": row.number,
        "slug": row.slug,
        "site": row.name,
    }
