"""P3: hand out work. A claim takes queued items of one run under a fresh random token."""

import secrets
import threading
from collections import OrderedDict

from sqlalchemy import Integer, bindparam, exists, func, select, update

from igny8 import clock
from igny8.engine.billing.providers import can_send_request
from igny8.engine.fault_injection import fault_point
from igny8.extensions import read_transaction, write_transaction
from igny8.forecast import MIN_ITEMS_FOR_ETA
from igny8.models import Run, RunItem, RunSettings, RunStage, StageResult
from igny8.models.site_settings import DEFAULT_BATCH_SIZES
from igny8.stages import get_stage
from igny8.stages.base import Batch, Item

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__
QUICK_ITEMS, QUICK_SECONDS = 50, 0.02
MAX_RETRY_WAIT_S = (
    900.0  # a retry further away than this was set by a clock that jumped: take it now
)
LAST_TRY = 2  # crashes after which an item has one try left (recovery.CRASHES)
_settings: OrderedDict[tuple[int, int], RunSettings] = OrderedDict()
_turns: dict[int, float] = {}
_thread = (
    threading.local()
)  # found: this thread's last claim took something, so more is likely there

# The statements of the hot path are built once: building one costs five times as much as running it.
OFFERING = (
    select(
        run.c.id,
        run.c.site_id,
        run.c.settings_version,
        run.c.current_stage,
        run_stage.c.active,
        run_stage.c.work_seconds,
        (run_stage.c.done + run_stage.c.failed).label("worked"),
    )
    .join(run_stage, (run_stage.c.run_id == run.c.id) & (run_stage.c.number == run.c.current_stage))
    .where(
        run.c.state == "running",
        run.c.desired_state == "go",
        run.c.block_kind.is_(None),
        run.c.rewind_to_stage.is_(None),
        run_stage.c.queued > 0,
    )
)
ANY_OFFERING = OFFERING.with_only_columns(run.c.id).limit(1)
HELD_OFFERING = OFFERING.where(run.c.id == bindparam("of_run")).with_for_update(of=run)
IN_WORK = (
    select(item.c.run_id, func.count(item.c.token.distinct()))
    .where(item.c.state == "active")
    .group_by(item.c.run_id)
)
HAS_PLAN = select(
    exists().where(
        StageResult.run_id == bindparam("of_run"),
        StageResult.stage == bindparam("at"),
        StageResult.name.in_(("plan", "plan" + StageResult.ERROR_SUFFIX)),
    )
)
HAS_WAITING = select(
    exists().where(
        item.c.run_id == bindparam("of_run"),
        item.c.stage == bindparam("at"),
        item.c.state == "queued",
        item.c.not_before > bindparam("now"),
        item.c.not_before <= bindparam("never"),
    )
)
NEXT = (
    select(item.c.id, item.c.subject_id, item.c.title, item.c.attempt, item.c.crashes)
    .where(
        item.c.run_id == bindparam("of_run"),
        item.c.stage == bindparam("at"),
        item.c.state == "queued",
        item.c.not_before.is_(None)
        | (item.c.not_before <= bindparam("now"))
        | (item.c.not_before > bindparam("never")),
    )
    .order_by(item.c.retry_order, item.c.rank, item.c.id)
    .limit(bindparam("count", type_=Integer))
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(item)
    .where(item.c.id.in_(bindparam("ids", expanding=True)), item.c.state == "queued")
    .values(
        state="active",
        token=bindparam("by"),
        worker_id=bindparam("worker"),
        attempt=item.c.attempt + 1,
        heartbeat_count=0,
        not_before=None,
        started_at=bindparam("now"),
    )
)
CRASHED_IN_WORK = select(func.max(item.c.crashes)).where(
    item.c.state == "active", item.c.crashes > 0
)
COUNT_TAKEN = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values(
        queued=run_stage.c.queued - bindparam("taken"),
        active=run_stage.c.active + bindparam("taken"),
    )
)
TOUCH = update(run).where(run.c.id == bindparam("of_run")).values(version=run.c.version + 1)


def claim(worker_id: int | None) -> Batch | None:
    """Take the next items for a worker and return them, or None when there is nothing to take.

    Runs share the workers fairly: those with the fewest claims in work come first, then those
    that waited longest. Within a run: first tries before retries, then by rank.
    """
    if not getattr(_thread, "found", False) and not _candidates_exist():
        return None
    batch = _take(worker_id)
    _thread.found = batch is not None
    if batch is not None:
        _turns[batch.run_id] = clock.monotonic()
        fault_point("claimed")
    return batch


def _take(worker_id: int | None) -> Batch | None:
    """Return the next items of the fairest run that has some to give.

    One run is let go before the next is held: who waits for one with another in hand may wait in a circle.
    SQLite's write transaction is one lock for all.
    """
    with write_transaction() as tx:
        runs = _runs(tx)
        together = len(runs) if tx.dialect.name == "sqlite" else 1
        batch = next(
            (b for r in runs[:together] if (b := _claim_of(tx, r, worker_id)) is not None), None
        )
    for candidate in runs[together:]:
        if batch is not None:
            break
        with write_transaction() as tx:
            batch = _claim_of(tx, candidate, worker_id)
    return batch


def has_claimable_items() -> bool:
    """Return whether some running run has queued items in its current stage."""
    return _candidates_exist()


def _candidates_exist() -> bool:
    with read_transaction() as tx:
        return tx.execute(ANY_OFFERING).first() is not None


def _runs(tx) -> list:
    """Return the runs that may hand out items, with their claims in work, the fairest first."""
    rows = tx.execute(OFFERING).all()
    in_work = dict(tx.execute(IN_WORK).all()) if any(r.active for r in rows) else {}
    found = [(in_work.get(r.id, 0), _turns.get(r.id, 0.0), r) for r in rows]
    return [(count, r) for count, _, r in sorted(found, key=lambda f: (f[0], f[1], f[2].id))]


def _hold(tx, candidate):
    """Lock the run and return the candidate as it is now, None when it offers nothing any more.

    On SQLite the write transaction is that lock, and what was read in it stays true.
    """
    if tx.dialect.name == "sqlite":
        return candidate
    row = tx.execute(HELD_OFFERING, {"of_run": candidate[1].id}).first()
    if row is None:
        return None
    return (dict(tx.execute(IN_WORK).all()).get(row.id, 0) if row.active else 0), row


def _claim_of(tx, candidate, worker_id: int | None) -> Batch | None:
    held = _hold(tx, candidate)
    if held is None:
        return None
    in_work, row = held
    settings, stage_module = (
        load_run_settings(tx, row.id, row.settings_version),
        get_stage(row.current_stage),
    )
    place = {"of_run": row.id, "at": row.current_stage}
    limit = settings.parallelism
    now = clock.now().timestamp()
    due = {"now": now, "never": now + MAX_RETRY_WAIT_S}
    if stage_module.PLANS_WHOLE_STAGE and not tx.execute(HAS_PLAN, place).scalar():
        # one asks for all; when that failed, all wait as long as the one that asked
        limit = 0 if tx.execute(HAS_WAITING, place | due).scalar() else 1
    if in_work >= limit:
        return None
    engine = settings.engines.get(stage_module.KEY)
    if engine is not None and not can_send_request(tx, row, engine, now):
        return None
    wanted = (
        _count(settings, stage_module.KEY, row)
        if engine is None or stage_module.PLANS_WHOLE_STAGE
        else 1
    )
    rows = tx.execute(NEXT, place | due | {"count": wanted}).all()
    chosen = _alone_after_crash(tx, rows)
    if not chosen:
        return None
    token = secrets.token_hex(16)
    taken = tx.execute(
        TAKE, {"ids": [r.id for r in chosen], "by": token, "worker": worker_id, "now": now}
    ).rowcount
    tx.execute(COUNT_TAKEN, place | {"taken": taken})
    tx.execute(TOUCH, {"of_run": row.id})
    return Batch(
        row.id,
        row.site_id,
        row.current_stage,
        token,
        settings,
        tuple(Item(r.id, r.subject_id, r.title, r.attempt + 1, r.crashes) for r in chosen),
    )


def _count(settings: RunSettings, key: str, row) -> int:
    """Return how many items to take: the batch of the stage, or more of items that proved quick.

    Where the site kept the default, a claim grows up to 50 items or 20 ms of work: the boundary
    at which a run pauses stays as near, and a transaction serves more items.
    """
    wanted = settings.batch_size(key)
    if wanted != DEFAULT_BATCH_SIZES[key] or row.worked < MIN_ITEMS_FOR_ETA:
        return wanted
    each = max(row.work_seconds / row.worked, QUICK_SECONDS / QUICK_ITEMS)
    return max(wanted, int(QUICK_SECONDS / each))


def _alone_after_crash(tx, rows) -> list:
    """Return the items to take together: one that crashed a worker runs alone.

    In its last try it does not even share a worker with another one: who is innocent would fail with the guilty.
    """
    if rows and rows[0].crashes:
        other = tx.execute(CRASHED_IN_WORK).scalar()
        if other is None or max(other, rows[0].crashes) < LAST_TRY:
            return rows[:1]
    return [r for r in rows if not r.crashes]


def load_run_settings(tx, run_id: int, settings_version: int) -> RunSettings:
    """Return the settings of a run; those of one edition never change, so they are remembered."""
    known = _settings.get((run_id, settings_version))
    if known is None:
        known = RunSettings.from_json(
            tx.execute(select(run.c.settings).where(run.c.id == run_id)).scalar_one()
        )
        _settings[run_id, settings_version] = known
        while len(_settings) > 200:
            _settings.popitem(last=False)
    return known


def clear_caches() -> None:
    """Forget what is remembered about runs; for a process that changes its database (tests)."""
    _settings.clear()
    _turns.clear()
