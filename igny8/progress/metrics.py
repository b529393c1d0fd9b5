"""Compute the values of `/metrics` in one read of a limited number of rows."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Connection, Row

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models.circuit_breaker import is_open
from igny8.models.provider_request import STATES as REQUEST_STATES
from igny8.models.run import STATES as RUN_STATES
from igny8.models.run_item import STATES as ITEM_STATES
from igny8.models.worker import LOST_AFTER_S
from igny8.progress import metric_queries as queries

RECENT_S = 600.0  # requests of the last ten minutes are counted


def metric_values(version: str) -> dict[str, Any]:
    """Return all metrics as plain values; see docs/operations.md#monitoring."""
    now = clock.now()
    seen_after = {"seen_after": now - timedelta(seconds=LOST_AFTER_S)}
    with read_transaction() as tx:
        figures = {
            "runs": dict.fromkeys(RUN_STATES, 0) | _pairs(tx.execute(queries.RUNS_BY_STATE).all()),
            "stalled": tx.execute(queries.STALLED_RUNS).scalar_one(),
            "items": _items(tx.execute(queries.OPEN_STAGES).all()),
            "stage_seconds": {
                row.number: (row.work_seconds or 0.0, row.worked or 0)
                for row in tx.execute(queries.STAGE_SECONDS).all()
            },
            "queue_age": _queue_age(tx.execute(queries.QUEUED_STAGES).all(), now.timestamp()),
            "workers": _workers(tx.execute(queries.ONLINE_WORKERS, seen_after).all(), version),
            "crashes": tx.execute(queries.CRASH_COUNT).scalar_one() or 0,
            "quarantined": tx.execute(queries.QUARANTINED_ITEMS).scalar_one(),
            "providers": [
                _provider(tx, row, now.timestamp()) for row in tx.execute(queries.PROVIDERS).all()
            ],
            "sites": {row.slug: _site(row) for row in tx.execute(queries.SITES).all()},
        }
    settings = current_app.config["SETTINGS"]
    return figures | {"free_bytes": shutil.disk_usage(settings.data_dir).free}


def _pairs(rows: Sequence[Row[Any, Any]]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in rows}


def _items(stages: Sequence[Row]) -> dict[tuple[int, str], int]:
    """Return the items of the open runs: {(stage, state): count}."""
    return {(row.number, state): getattr(row, state) for row in stages for state in ITEM_STATES}


def _queue_age(rows: Sequence[Row], now: float) -> float:
    """Return since how many seconds the first item of a queue could be claimed; 0 for none."""
    ready = [
        max(row.since.timestamp(), row.due)
        for row in rows
        if row.since is not None and row.due is not None
    ]
    return max((now - since for since in ready if since <= now), default=0.0)


def _workers(rows: Sequence[Row], version: str) -> dict[str, Any]:
    return {
        "online": len(rows),
        "slots": sum(row.slots for row in rows),
        "other_version": sum(row.version != version for row in rows),
        "skew": max((abs(row.skew) for row in rows if row.skew is not None), default=0.0),
    }


def _provider(tx: Connection, row: Row, now: float) -> dict[str, Any]:
    """Return the values of one circuit breaker; its label ends with part of its key."""
    parameters = {"of_breaker": row.key, "since": now - RECENT_S}
    counts = _pairs(tx.execute(queries.REQUESTS_BY_STATE, parameters).all())
    return {
        "provider": f"{row.label} {row.key[:6]}".strip(),
        "is_shut": is_open(row, now),
        "errors": row.errors,
        "requests": {state: counts.get(state, 0) for state in REQUEST_STATES},
    }


def _site(row: Row) -> dict[str, float | None]:
    """Return when a site's last successful run ended and its next one starts, in Unix seconds."""
    return {"last_run": _seconds(row.last_run_at), "next_run": _seconds(row.next_run_at)}


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
