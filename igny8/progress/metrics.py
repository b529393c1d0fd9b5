"""What is measured from outside: every figure in one read of a bounded number of rows."""

import shutil
from datetime import timedelta

from flask import current_app
from sqlalchemy import bindparam, case, func, literal, select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models import OPEN, CircuitBreaker, ProviderRequest, Run, RunItem, RunStage, Worker
from igny8.models.circuit_breaker import is_open
from igny8.models.provider_request import STATES as ANSWERED
from igny8.models.run import STATES as RUN_STATES
from igny8.models.run_item import STATES as ITEM_STATES
from igny8.models.worker import LOST_AFTER_S

run, run_stage, item, worker = (model.__table__ for model in (Run, RunStage, RunItem, Worker))
gate, answer = CircuitBreaker.__table__, ProviderRequest.__table__
MAX_RUNS, MAX_PROVIDERS = (
    200,
    20,
)  # the newest runs and the gates used last: no label and no query grows without a bound
RECENT_S = 600.0  # seconds that count as recent


def metric_values(version: str) -> dict:
    """Return all figures as plain values, read in one transaction; see docs/operations.md for what they mean."""
    now = clock.now()
    with read_transaction() as tx:
        stages = tx.execute(OPEN_STAGES).all()
        figures = {
            "runs": dict.fromkeys(RUN_STATES, 0) | dict(tx.execute(RUNS_BY_STATE).all()),
            "stalled": tx.execute(STALLED_RUNS).scalar_one(),
            "items": {
                (row.number, state): getattr(row, state) for row in stages for state in ITEM_STATES
            },
            "stage_seconds": {
                row.number: (row.work_seconds or 0.0, row.worked or 0)
                for row in tx.execute(STAGE_SECONDS).all()
            },
            "queue_age": _queue_age(tx.execute(QUEUED_STAGES).all(), now.timestamp()),
            "workers": _workers(
                tx.execute(ONLINE_WORKERS, {"lately": now - timedelta(seconds=LOST_AFTER_S)}).all(),
                version,
            ),
            "crashes": tx.execute(CRASH_COUNT).scalar_one() or 0,
            "quarantined": tx.execute(QUARANTINED_ITEMS).scalar_one(),
            "providers": [
                _provider(tx, row, now.timestamp()) for row in tx.execute(PROVIDERS).all()
            ],
        }
    settings = current_app.config["SETTINGS"]
    return figures | {"free_bytes": shutil.disk_usage(settings.data_dir).free}


RUNS_BY_STATE = select(run.c.state, func.count()).group_by(
    run.c.state
)  # answered by ix_automation_run_working alone
STALLED_RUNS = select(func.count()).where(run.c.state.in_(OPEN), run.c.stalled_at.is_not(None))
OPEN_RUNS = select(run.c.id).where(run.c.state.in_(OPEN))
OPEN_STAGES = (
    select(
        run_stage.c.number, *[func.sum(run_stage.c[state]).label(state) for state in ITEM_STATES]
    )
    .where(run_stage.c.run_id.in_(OPEN_RUNS))
    .group_by(run_stage.c.number)
)
NEWEST_RUNS = select(run.c.id).order_by(run.c.id.desc()).limit(MAX_RUNS)
STAGE_SECONDS = (
    select(
        run_stage.c.number,
        func.sum(run_stage.c.work_seconds).label("work_seconds"),
        func.sum(run_stage.c.done + run_stage.c.failed).label("worked"),
    )
    .where(run_stage.c.run_id.in_(NEWEST_RUNS))
    .group_by(run_stage.c.number)
)
# Items of a stage become ready together, when the stage begins: the first in line has waited as long as any, unless
# it waits for another try. So one row of an index tells the age of a queue of any length.
FIRST_ITEM_DUE = (
    select(func.coalesce(item.c.not_before, literal(0.0)))
    .where(item.c.run_id == run.c.id, item.c.stage == run.c.current_stage, item.c.state == "queued")
    .order_by(item.c.retry_order, item.c.rank, item.c.id)
    .limit(1)
    .correlate(run)
    .scalar_subquery()
)
QUEUED_STAGES = (
    select(
        func.coalesce(run_stage.c.active_since, run_stage.c.started_at).label("since"),
        FIRST_ITEM_DUE.label("due"),
    )
    .select_from(run)
    .join(run_stage, (run_stage.c.run_id == run.c.id) & (run_stage.c.number == run.c.current_stage))
    .where(
        run.c.state == "running",
        run.c.desired_state == "go",
        run.c.block_kind.is_(None),
        run_stage.c.queued > 0,
    )
)
ONLINE_WORKERS = select(worker.c.version, worker.c.slots, worker.c.skew).where(
    worker.c.last_seen >= bindparam("lately"), worker.c.stopped_at.is_(None)
)
CRASH_COUNT = select(func.sum(item.c.crashes)).where(item.c.crashes > 0)
QUARANTINED_ITEMS = select(func.count()).where(
    item.c.crashes > 0, item.c.state == "failed", item.c.error_kind == "crash"
)
PROVIDERS = (
    select(gate).order_by(case((gate.c.errors > 0, 0), else_=1), gate.c.key).limit(MAX_PROVIDERS)
)
REQUESTS_BY_STATE = (
    select(answer.c.state, func.count())
    .where(answer.c.breaker_key == bindparam("of_gate"), answer.c.asked_at > bindparam("since"))
    .group_by(answer.c.state)
)


def _queue_age(rows, now: float) -> float:
    """Return for how many seconds the item that waits longest could have been taken; 0 when none waits."""
    ready = [
        max(row.since.timestamp(), row.due)
        for row in rows
        if row.since is not None and row.due is not None
    ]
    return max((now - since for since in ready if since <= now), default=0.0)


def _workers(rows, version: str) -> dict:
    return {
        "online": len(rows),
        "slots": sum(row.slots for row in rows),
        "other_version": sum(row.version != version for row in rows),
        "skew": max((abs(row.skew) for row in rows if row.skew is not None), default=0.0),
    }


def _provider(tx, row, now: float) -> dict:
    """Return the figures of one gate; its label is the one that people gave it, with a part of its key."""
    counts = dict(
        tx.execute(REQUESTS_BY_STATE, {"of_gate": row.key, "since": now - RECENT_S}).all()
    )
    return {
        "provider": f"{row.label} {row.key[:6]}".strip(),
        "is_shut": is_open(row, now),
        "errors": row.errors,
        "requests": {state: counts.get(state, 0) for state in ANSWERED},
    }
