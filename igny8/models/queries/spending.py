"""Costs of models: per month, per stage and model, per account and per site."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, case, func, select

from igny8.models import CreditAccount, ProviderRequest, Site
from igny8.models.base import Executor

request, account = ProviderRequest.__table__, CreditAccount.__table__
MONTHS = 12
IS_UNANSWERED = request.c.state.in_(("failed", "lost"))
IS_ANSWERED = request.c.state.in_(("answered", "rejected"))
BILLED = func.coalesce(func.sum(case((IS_ANSWERED, request.c.money), else_=0)), 0)
MAYBE_BILLED = func.coalesce(func.sum(case((IS_UNANSWERED, request.c.money), else_=0)), 0)


def months(tx: Executor, site_id: int) -> Sequence[Row]:
    """Return (period, billed, maybe_billed) of the latest 12 months with costs, newest first."""
    columns = account.c.period, account.c.billed, account.c.maybe_billed
    return tx.execute(
        select(*columns)
        .where(
            account.c.site_id == site_id,
            account.c.scope == "month",
            account.c.billed + account.c.maybe_billed > 0,
        )
        .order_by(account.c.period.desc())
        .limit(MONTHS)
    ).all()


def by_stage_and_model(tx: Executor, site_id: int, month: str) -> Sequence[Row]:
    """Return (stage, model, requests, tokens, billed, maybe_billed) of a month by cost."""
    tokens = func.sum(request.c.tokens_in + request.c.tokens_out)
    return tx.execute(
        select(
            request.c.stage,
            request.c.model,
            func.sum(request.c.requests).label("requests"),
            tokens.label("tokens"),
            BILLED.label("billed"),
            MAYBE_BILLED.label("maybe_billed"),
        )
        .where(request.c.site_id == site_id, request.c.billed_day.startswith(month))
        .group_by(request.c.stage, request.c.model)
        .order_by(BILLED.desc(), request.c.stage, request.c.model)
    ).all()


def by_site(tx: Executor, is_visible: ColumnElement[bool], month: str) -> Sequence[Row]:
    """Return (slug, name, billed, maybe_billed) of the visible sites in a month by cost."""
    return tx.execute(
        select(Site.slug, Site.name, account.c.billed, account.c.maybe_billed)
        .join(account, account.c.site_id == Site.id)
        .where(
            is_visible,
            account.c.scope == "month",
            account.c.period == month,
            account.c.billed + account.c.maybe_billed > 0,
        )
        .order_by(account.c.billed.desc(), Site.name)
    ).all()


def accounts(tx: Executor, site_id: int, periods: Sequence[str]) -> dict[str, Row]:
    """Return the accounts of a site for days and months, by period."""
    query = select(account).where(account.c.site_id == site_id, account.c.period.in_(periods))
    return {row.period: row for row in tx.execute(query)}
