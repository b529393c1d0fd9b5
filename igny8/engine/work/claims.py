"""Claim items: a worker takes queued items of one run under a fresh random token.

Protocol: docs/engine.md#claim.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.engine.billing.providers import can_send_request
from igny8.engine.fault_injection import fault_point
from igny8.engine.work import claim_queries as queries
from igny8.engine.work.retry_backoff import MAX_CRASHES, MAX_RETRY_WAIT_S
from igny8.extensions import read_transaction, write_transaction
from igny8.forecast import MIN_ITEMS_FOR_ETA
from igny8.models import Run, RunSettings
from igny8.models.site_settings import DEFAULT_BATCH_SIZES
from igny8.stages import get_stage
from igny8.stages.base import Batch, Item

run = Run.__table__
QUICK_CLAIM_ITEMS = 50  # a claim of quick items grows up to this size
QUICK_CLAIM_S = 0.02  # … or to this much work
MAX_CACHED_SETTINGS = 200
_settings: OrderedDict[tuple[int, int], RunSettings] = OrderedDict()
_last_claim_at: dict[int, float] = {}  # run id → monotonic time of this process's last claim
_thread = threading.local()  # .found: this thread's last claim took something


class Candidate(NamedTuple):
    """A run whose items may be claimed, and how many of its claims are active."""

    active_claims: int
    run: Row


def claim(worker_id: int | None) -> Batch | None:
    """Claim the next items for a worker; return None when nothing can be claimed.

    Runs share the workers fairly: those with the fewest active claims come first, then those that
    waited longest. Within a run, first attempts come before retries, then items by rank.
    """
    if not getattr(_thread, "found", False) and not has_claimable_items():
        return None
    batch = _claim_from_any(worker_id)
    _thread.found = batch is not None
    if batch is not None:
        _last_claim_at[batch.run_id] = clock.monotonic()
        fault_point("claimed")
    return batch


def has_claimable_items() -> bool:
    """Return whether a running run has queued items in its current stage."""
    with read_transaction() as tx:
        return tx.execute(queries.ANY_CLAIMABLE_RUN).first() is not None


def _claim_from_any(worker_id: int | None) -> Batch | None:
    """Return a claim of the first candidate that has due items, in order of fairness.

    Only one run is locked at a time: holding one while waiting for another can deadlock. On
    SQLite a write transaction is one lock for everything, so all candidates share it.
    """
    with write_transaction() as tx:
        candidates = _candidates(tx)
        count = len(candidates) if tx.dialect.name == "sqlite" else 1
        for candidate in candidates[:count]:
            batch = _claim_from(tx, candidate, worker_id)
            if batch is not None:
                return batch
    for candidate in candidates[count:]:
        with write_transaction() as tx:
            batch = _claim_from(tx, candidate, worker_id)
        if batch is not None:
            return batch
    return None


def _turn(candidate: Candidate) -> tuple[int, float, int]:
    """Return the sort key of runs: fewest active claims, then longest time without a claim."""
    run_id = candidate.run.id
    return candidate.active_claims, _last_claim_at.get(run_id, 0.0), run_id


def _candidates(tx: Connection) -> list[Candidate]:
    """Return the runs whose items may be claimed, those with the fewest active claims first."""
    rows = tx.execute(queries.CLAIMABLE_RUNS).all()
    active = _active_claims(tx) if any(row.active for row in rows) else {}
    return sorted((Candidate(active.get(row.id, 0), row) for row in rows), key=_turn)


def _active_claims(tx: Connection) -> dict[int, int]:
    """Return the number of active claims by run id."""
    counts: dict[int, int] = dict(tx.execute(queries.ACTIVE_CLAIMS).all())
    return counts


def _lock_candidate(tx: Connection, candidate: Candidate) -> Candidate | None:
    """Lock the run and return its current row, or None if none of its items can be claimed.

    On SQLite the write transaction is the lock, so what was read in it is still current.
    """
    if tx.dialect.name == "sqlite":
        return candidate
    row = tx.execute(queries.LOCK_CLAIMABLE_RUN, {"of_run": candidate.run.id}).first()
    if row is None:
        return None
    active = _active_claims(tx) if row.active else {}
    return Candidate(active.get(row.id, 0), row)


def _claim_from(tx: Connection, candidate: Candidate, worker_id: int | None) -> Batch | None:
    """Claim due items of a run within its limits; return None when there are none."""
    locked = _lock_candidate(tx, candidate)
    if locked is None:
        return None
    row, now = locked.run, clock.now().timestamp()
    settings, stage = (
        load_run_settings(tx, row.id, row.settings_version),
        get_stage(row.current_stage),
    )
    place = {"of_run": row.id, "at": row.current_stage}
    due = place | {"now": now, "latest": now + MAX_RETRY_WAIT_S}
    limit = settings.parallelism
    if stage.PLANS_WHOLE_STAGE and not tx.execute(queries.HAS_PLAN, place).scalar():
        # one claim makes the plan for all; after a failure all wait for the delayed item
        limit = 0 if tx.execute(queries.HAS_DELAYED_ITEMS, due).scalar() else 1
    choice = settings.providers.get(stage.KEY)
    if locked.active_claims >= limit:
        return None
    if choice is not None and not can_send_request(tx, row, choice, now):
        return None
    is_paid_per_item = choice is not None and not stage.PLANS_WHOLE_STAGE
    count = 1 if is_paid_per_item else _claim_size(settings, stage.KEY, row)
    rows = tx.execute(queries.SELECT_DUE_ITEMS, due | {"count": count}).all()
    chosen = _isolate_crashed(tx, rows)
    return _mark_active(tx, row, chosen, settings, worker_id, now) if chosen else None


def _mark_active(
    tx: Connection,
    row: Row,
    chosen: Sequence[Row],
    settings: RunSettings,
    worker_id: int | None,
    now: float,
) -> Batch:
    """Store a fresh token on the chosen items and return them as a claim."""
    token, place = secrets.token_hex(16), {"of_run": row.id, "at": row.current_stage}
    facts = {"ids": [r.id for r in chosen], "by": token, "worker": worker_id, "now": now}
    taken = tx.execute(queries.MARK_ACTIVE, facts).rowcount
    tx.execute(queries.COUNT_ACTIVE, place | {"count": taken})
    tx.execute(queries.INCREMENT_VERSION, {"of_run": row.id})
    items = tuple(Item(r.id, r.subject_id, r.title, r.attempt + 1, r.crashes) for r in chosen)
    return Batch(row.id, row.site_id, row.current_stage, token, settings, items)


def _claim_size(settings: RunSettings, key: str, row: Row) -> int:
    """Return how many items to claim: the batch size of the stage, or more for fast items.

    If the site kept the default, a claim grows to 50 items or 20 ms of work, so that one
    transaction serves more items while a pause still takes effect at once.
    """
    size = settings.batch_size(key)
    if size != DEFAULT_BATCH_SIZES[key] or row.worked < MIN_ITEMS_FOR_ETA:
        return size
    seconds_per_item = max(row.work_seconds / row.worked, QUICK_CLAIM_S / QUICK_CLAIM_ITEMS)
    return max(size, int(QUICK_CLAIM_S / seconds_per_item))


def _isolate_crashed(tx: Connection, rows: Sequence[Row]) -> Sequence[Row]:
    """Return the items to claim together; an item that crashed a worker is claimed alone.

    Before its last permitted crash it does not even share a worker process with another such
    item, so that an unrelated item is not blamed for the crash.
    """
    if rows and rows[0].crashes:
        other = tx.execute(queries.MAX_CRASHES_OF_ACTIVE).scalar()
        if other is None or max(other, rows[0].crashes) < MAX_CRASHES - 1:
            return rows[:1]
    return [r for r in rows if not r.crashes]


def load_run_settings(tx: Connection, run_id: int, settings_version: int) -> RunSettings:
    """Return the settings of a run; cached, because a settings version never changes."""
    cached = _settings.get((run_id, settings_version))
    if cached is None:
        stored = tx.execute(select(run.c.settings).where(run.c.id == run_id)).scalar_one()
        cached = _settings[run_id, settings_version] = RunSettings.from_json(stored)
        while len(_settings) > MAX_CACHED_SETTINGS:
            _settings.popitem(last=False)
    return cached


def clear_caches() -> None:
    """Clear the caches of run data, for a process that changes its database (tests)."""
    _settings.clear()
    _last_claim_at.clear()
