"""Pages of what a run did, and one line a site: always a bounded number of rows."""

from sqlalchemy import func, select

from igny8.extensions import read_transaction
from igny8.forecast import percentage
from igny8.models import ENDED, ENDED_WELL, OPEN, Content, Run, RunEvent, RunItem, RunStage, Site
from igny8.models.worker import online_slots
from igny8.progress.estimate import estimate
from igny8.progress.labels import display_status, status_label

run, run_stage, item, event = (
    Run.__table__,
    RunStage.__table__,
    RunItem.__table__,
    RunEvent.__table__,
)


def history(site, limit: int = 50, before: int | None = None) -> list[dict]:
    """Return the runs of a site, newest first; `before` is the number of the last one seen."""
    sums = [
        select(func.coalesce(func.sum(column), 0))
        .where(run_stage.c.run_id == run.c.id)
        .correlate(run)
        .scalar_subquery()
        .label(name)
        for name, column in (
            ("total", run_stage.c.input),
            ("failed", run_stage.c.failed),
            ("processed", run_stage.c.done + run_stage.c.failed + run_stage.c.skipped),
        )
    ]
    slots, _ = online_slots()
    query = select(run, *sums, slots.label("slots")).where(run.c.site_id == site.id)
    if before is not None:
        query = query.where(run.c.number < before)
    with read_transaction() as tx:
        rows = tx.execute(query.order_by(run.c.number.desc()).limit(limit)).all()
    return [_history_entry(row) for row in rows]


def events(
    run_id: int, limit: int = 100, before: int | None = None, level: str | None = None
) -> list[dict]:
    """Return lines of a run's log (by database id), newest first."""
    query = select(event).where(event.c.run_id == run_id)
    if before is not None:
        query = query.where(event.c.id < before)
    if level is not None:
        query = query.where(event.c.level == level)
    with read_transaction() as tx:
        rows = tx.execute(query.order_by(event.c.id.desc()).limit(limit)).all()
    return [
        {
            "id": r.id,
            "at": r.at.isoformat(timespec="seconds"),
            "level": r.level,
            "kind": r.kind,
            "stage": r.stage,
            "item_id": r.item_id,
            "message": r.message,
            "credits": r.credits,
        }
        for r in rows
    ]


def items(
    run_id: int,
    limit: int = 50,
    offset: int = 0,
    stage: int | None = None,
    state: str | None = None,
) -> list[dict]:
    """Return items of a run (by database id) in the order of the pipeline."""
    query = select(item).where(item.c.run_id == run_id)
    if stage is not None:
        query = query.where(item.c.stage == stage)
    if state is not None:
        query = query.where(item.c.state == state)
    with read_transaction() as tx:
        rows = tx.execute(
            query.order_by(item.c.stage, item.c.subject_id).limit(limit).offset(offset)
        ).all()
    return [
        {
            "id": r.id,
            "stage": r.stage,
            "subject_id": r.subject_id,
            "title": r.title,
            "state": r.state,
            "attempt": r.attempt,
            "crashes": r.crashes,
            "error_kind": r.error_kind,
            "error": r.error,
            "credits": r.credits,
            "money": r.money,
            "tokens": r.tokens_in + r.tokens_out,
            "requests": r.requests,
            "repeats": r.repeats,
            "seconds": r.seconds,
        }
        for r in rows
    ]


def sites_overview(condition=None) -> list[dict]:
    """Return one entry a site (that fits the condition): its open or undismissed run, what waits, what is to review."""
    latest = (
        select(func.max(run.c.id)).where(run.c.state != "nothing_to_do").group_by(run.c.site_id)
    )
    slots, _ = online_slots()
    query = select(Site.__table__) if condition is None else select(Site.__table__).where(condition)
    with read_transaction() as tx:
        sites = tx.execute(query.order_by(Site.name)).all()
        runs = {
            r.site_id: r
            for r in tx.execute(
                select(
                    run,
                    slots.label("slots"),
                    select(func.coalesce(func.sum(run_stage.c.failed), 0))
                    .where(run_stage.c.run_id == run.c.id)
                    .correlate(run)
                    .scalar_subquery()
                    .label("failed"),
                    *[
                        select(func.coalesce(func.sum(run_stage.c[name]), 0))
                        .where(run_stage.c.run_id == run.c.id)
                        .correlate(run)
                        .scalar_subquery()
                        .label(name)
                        for name in ("input", "done")
                    ],
                ).where(run.c.id.in_(latest))
            )
        }
        review = dict(
            tx.execute(
                select(Content.site_id, func.count())
                .where(Content.status == "review", Content.handed_over.is_(True))
                .group_by(Content.site_id)
            ).all()
        )
    return [_site_entry(site, runs.get(site.id), review.get(site.id, 0)) for site in sites]


def _site_entry(site, row, review: int) -> dict:
    shown = row is not None and not (row.dismissed and row.state in ENDED)
    entry = {
        "site": {"id": site.id, "slug": site.slug, "name": site.name, "url": site.url},
        "run": None,
        "percentage": 0,
        "label": "",
        "review_waiting": review,
        "waiting_items": 0
        if row is not None and row.state in OPEN
        else estimate(site)["waiting_items"],
    }
    if shown:
        percent = percentage(row.bar_remaining, row.state in ENDED_WELL)
        status = display_status(row, row.slots)
        entry |= {
            "percentage": percent,
            "label": status_label(row, status, percent, row.failed),
            "run": {
                "run_id": row.public_id,
                "number": row.number,
                "status": status,
                "open": row.state in OPEN,
                "current_stage": row.current_stage,
            },
        }
    return entry


def _history_entry(row) -> dict:
    percent = percentage(row.bar_remaining, row.state in ENDED_WELL)
    status = display_status(row, row.slots)
    return {
        "run_id": row.public_id,
        "number": row.number,
        "status": status,
        "label": status_label(row, status, percent, row.failed),
        "percentage": percent,
        "trigger": row.trigger,
        "started_by": row.started_by,
        "started_at": (row.started_at or row.created_at).isoformat(timespec="seconds"),
        "finished_at": row.finished_at.isoformat(timespec="seconds") if row.finished_at else None,
        "total_items": row.total,
        "completed_items": row.processed,
        "failed_items": row.failed,
        "credits_used": row.credits_used,
        "duration_seconds": round(row.active_seconds),
    }
