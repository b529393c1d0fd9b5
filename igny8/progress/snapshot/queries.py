"""The statements of a snapshot, built once, as building one costs more than running it."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Float,
    Label,
    ScalarSelect,
    Select,
    String,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from igny8.extensions import UtcDateTime
from igny8.models import (
    Content,
    CreditAccount,
    Keyword,
    KeywordImport,
    ProviderRequest,
    Publication,
    Run,
    RunEvent,
    RunItem,
    RunStage,
    StageResult,
)
from igny8.models.publication import TO_SEND
from igny8.models.worker import online_slots

MAX_UP_NEXT, MAX_EVENTS, MAX_PAST_RUNS, MAX_ACTIVE_ITEMS = 5, 7, 5, 8

run, run_stage = Run.__table__, RunStage.__table__
item, event, content = RunItem.__table__, RunEvent.__table__, Content.__table__
publication = Publication.__table__
OF_SITE: BindParameter[Any] = bindparam("of_site")
OF_RUN: BindParameter[Any] = bindparam("of_run")
AT_STAGE: BindParameter[Any] = bindparam("at")
NO_TIME = cast(null(), Float)
NO_DATE = cast(null(), UtcDateTime)


def _count_content(site_id: Any, status: str) -> Select[Any]:
    return (
        select(func.count())
        .select_from(content)
        .where(content.c.site_id == site_id, content.c.status == status)
    )


def _count_unpublished(site_id: Any) -> Select[Any]:
    """Return the query of approved articles whose approved version no target has or gets."""
    is_settled = exists().where(
        publication.c.content_id == content.c.id, publication.c.state.not_in(TO_SEND)
    )
    return _count_content(site_id, "approved").where(~is_settled)


def site_columns(site_id: Any = OF_SITE) -> list[Label[Any]]:
    """Return the columns of the site that a snapshot needs for any run.

    `site_id` is a parameter or a column.
    """
    slots, last_seen = online_slots()
    review = _count_content(site_id, "review").where(content.c.handed_over.is_(True))
    rows_coming, rows_read = KeywordImport.pending_rows(site_id)
    return [
        slots.label("slots"),
        last_seen.label("last_seen"),
        review.scalar_subquery().label("review_waiting"),
        _count_content(site_id, "sent_back").scalar_subquery().label("sent_back"),
        rows_coming.label("rows_coming"),
        rows_read.label("rows_read"),
        _count_content(site_id, "approved").scalar_subquery().label("approved"),
        _count_unpublished(site_id).scalar_subquery().label("unpublished"),
        exists()
        .where(publication.c.site_id == site_id, publication.c.state == "published")
        .label("has_published"),
        KeywordImport.to_check(site_id).label("import_to_check"),
        exists().where(Keyword.site_id == site_id).label("has_keywords"),
    ]


def _failed_items() -> ScalarSelect[Any]:
    return (
        select(func.sum(run_stage.c.failed))
        .where(run_stage.c.run_id == run.c.id)
        .correlate(run)
        .scalar_subquery()
    )


def _newest_runs() -> Select[Any]:
    """Return the query of a site's newest runs."""
    has_plan = (
        exists().where(StageResult.run_id == run.c.id, StageResult.name == "plan").correlate(run)
    )
    return (
        select(
            run,
            _failed_items().label("failed_items"),
            has_plan.label("has_plan"),
            *site_columns(),
        )
        .where(run.c.site_id == OF_SITE)
        .order_by(run.c.number.desc())
        .limit(MAX_PAST_RUNS + 1)
    )


def _active_items() -> Select[Any]:
    return (
        select(
            literal("active").label("kind"),
            item.c.id,
            item.c.subject_id,
            item.c.title.label("text"),
            item.c.started_at.label("since"),
            item.c.stage,
            literal("").label("level"),
            literal(0).label("credits"),
            NO_DATE.label("at"),
        )
        .where(item.c.run_id == OF_RUN, item.c.state == "active")
        .order_by(item.c.token, item.c.id)
        .limit(MAX_ACTIVE_ITEMS)
    )


def _next_items() -> Select[Any]:
    return (
        select(
            literal("next"),
            item.c.id,
            item.c.subject_id,
            item.c.title,
            NO_TIME.label("since"),
            item.c.stage,
            literal(""),
            literal(0),
            NO_DATE.label("at"),
        )
        .where(item.c.run_id == OF_RUN, item.c.stage == AT_STAGE, item.c.state == "queued")
        .order_by(item.c.retry_order, item.c.rank, item.c.id)
        .limit(MAX_UP_NEXT)
    )


def _last_events() -> Select[Any]:
    return (
        select(
            event.c.kind,
            event.c.id,
            event.c.item_id,
            event.c.message,
            NO_TIME.label("since"),
            event.c.stage,
            event.c.level,
            event.c.credits,
            event.c.at,
        )
        # literal text, so that SQLite uses the partial index of events that are not debug
        .where(event.c.run_id == OF_RUN, event.c.level != text("'debug'"))
        .order_by(event.c.id.desc())
        .limit(MAX_EVENTS)
    )


def _lines() -> CompoundSelect[Any]:
    """Return one query for active items, next items and last events, marked by `part`."""
    parts = {"active": _active_items(), "next": _next_items(), "event": _last_events()}
    return union_all(
        *(select(literal(name).label("part"), *part.subquery().c) for name, part in parts.items())
    )


def _stages() -> Select[Any]:
    """Return the query of the stages of a run, each with the money of the run's account.

    `unanswered` counts the stage's unanswered requests that may have been billed.
    """
    account, request = CreditAccount.__table__, ProviderRequest.__table__
    unanswered = (
        select(func.count())
        .select_from(request)
        .where(
            request.c.run_id == OF_RUN,
            request.c.stage == run_stage.c.number,
            request.c.state.in_(("failed", "lost")),
            request.c.money > 0,
        )
        .correlate(run_stage)
    )
    return (
        select(
            run_stage,
            account.c.billed,
            account.c.maybe_billed,
            account.c.in_flight,
            unanswered.scalar_subquery().label("unanswered"),
        )
        .outerjoin(
            account,
            (account.c.site_id == OF_SITE)
            & (account.c.scope == "run")
            & (account.c.period == cast(run_stage.c.run_id, String)),
        )
        .where(run_stage.c.run_id == OF_RUN)
        .order_by(run_stage.c.number)
    )


SITE_QUERY = select(*site_columns())
RUNS_QUERY = _newest_runs()
LINES_QUERY = _lines()
STAGES_QUERY = _stages()
