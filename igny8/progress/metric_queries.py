"""The statements of the metrics; each reads a limited number of rows."""

from sqlalchemy import bindparam, case, func, literal, select

from igny8.models import (
    ENDED_WELL,
    OPEN,
    CircuitBreaker,
    ProviderRequest,
    Run,
    RunItem,
    RunStage,
    Site,
    SiteSettings,
    Worker,
)
from igny8.models.run_item import STATES as ITEM_STATES

MAX_RUNS, MAX_PROVIDERS, MAX_SITES = 200, 20, 200

run, run_stage, item = Run.__table__, RunStage.__table__, RunItem.__table__
worker, site, site_settings = Worker.__table__, Site.__table__, SiteSettings.__table__
breaker, provider_request = CircuitBreaker.__table__, ProviderRequest.__table__

# answered by ix_automation_run_working alone
RUNS_BY_STATE = select(run.c.state, func.count()).group_by(run.c.state)
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
# Items of a stage become ready together, when the stage starts: the first of a queue has waited as
# long as any, unless it waits for a retry. So one row of an index gives the age of the queue.
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
    worker.c.last_seen >= bindparam("seen_after"), worker.c.stopped_at.is_(None)
)
CRASH_COUNT = select(func.sum(item.c.crashes)).where(item.c.crashes > 0)
QUARANTINED_ITEMS = select(func.count()).where(
    item.c.crashes > 0, item.c.state == "failed", item.c.error_kind == "crash"
)
PROVIDERS = (
    select(breaker)
    .order_by(case((breaker.c.errors > 0, 0), else_=1), breaker.c.key)
    .limit(MAX_PROVIDERS)
)
REQUESTS_BY_STATE = (
    select(provider_request.c.state, func.count())
    .where(
        provider_request.c.breaker_key == bindparam("of_breaker"),
        provider_request.c.asked_at > bindparam("since"),
    )
    .group_by(provider_request.c.state)
)
SITES = (
    select(
        site.c.slug,
        site_settings.c.next_run_at,
        select(func.max(run.c.finished_at))
        .where(run.c.site_id == site.c.id, run.c.state.in_(ENDED_WELL))
        .correlate(site)
        .scalar_subquery()
        .label("last_run_at"),
    )
    .join(site_settings, site_settings.c.site_id == site.c.id)
    .order_by(site.c.id)
    .limit(MAX_SITES)
)
