"""Statements of the claim protocol, built once: building one costs more than executing it."""

from sqlalchemy import Integer, bindparam, exists, func, select, update

from igny8.models import Run, RunItem, RunStage, StageResult

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__

CLAIMABLE_RUNS = (
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
        run_stage.c.queued > run_stage.c.held,
    )
)
ANY_CLAIMABLE_RUN = CLAIMABLE_RUNS.with_only_columns(run.c.id).limit(1)
LOCK_CLAIMABLE_RUN = CLAIMABLE_RUNS.where(run.c.id == bindparam("of_run")).with_for_update(of=run)
ACTIVE_CLAIMS = (
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
HAS_DELAYED_ITEMS = select(
    exists().where(
        item.c.run_id == bindparam("of_run"),
        item.c.stage == bindparam("at"),
        item.c.state == "queued",
        item.c.not_before > bindparam("now"),
        item.c.not_before <= bindparam("latest"),
    )
)
SELECT_DUE_ITEMS = (
    select(item.c.id, item.c.subject_id, item.c.title, item.c.attempt, item.c.crashes)
    .where(
        item.c.run_id == bindparam("of_run"),
        item.c.stage == bindparam("at"),
        item.c.state == "queued",
        item.c.held == 0,
        item.c.not_before.is_(None)
        | (item.c.not_before <= bindparam("now"))
        | (item.c.not_before > bindparam("latest")),
    )
    .order_by(item.c.retry_order, item.c.rank, item.c.id)
    .limit(bindparam("count", type_=Integer))
    .with_for_update(skip_locked=True)
)
MARK_ACTIVE = (
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
MAX_CRASHES_OF_ACTIVE = select(func.max(item.c.crashes)).where(
    item.c.state == "active", item.c.crashes > 0
)
COUNT_ACTIVE = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values(
        queued=run_stage.c.queued - bindparam("count"),
        active=run_stage.c.active + bindparam("count"),
    )
)
INCREMENT_VERSION = (
    update(run).where(run.c.id == bindparam("of_run")).values(version=run.c.version + 1)
)
