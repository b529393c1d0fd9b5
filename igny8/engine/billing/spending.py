"""Count the money of requests against the caps of a run, its day and its month.

Everything that is billed counts, even if the reply cannot be used. Protocol: docs/engine.md#caps.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from igny8.engine.notifications import events
from igny8.errors import ExternalError, RequestDeferred
from igny8.formatting import format_dollars
from igny8.models import CreditAccount, ProviderRequest, SiteSettings
from igny8.models.changes import CHANGE_STAGES
from igny8.models.credit_account import SCOPES, account_periods, committed_money, local_now
from igny8.models.price import MICROS_PER_CREDIT

account = CreditAccount.__table__
SELECT_CAPS = select(SiteSettings.time_zone, SiteSettings.cap_day, SiteSettings.cap_month).where(
    SiteSettings.site_id == bindparam("of_site")
)
WITHOUT_RUN = ("day", "month")  # where the money of changes counts, which no run makes
SCOPE_LABELS = {"run": "this run", "day": "today", "month": "this month"}
MIN_USED_SHARE = 0.8  # of a cap: below it one request more is sent, even if it may exceed the cap
TOLD_SHARE = 0.8  # of a cap: from it on people are told
WAIT_FOR_OTHERS_S = 0.5
LEARNED_FROM = 50  # replies of the same kind
LEARNED_QUANTILE = 0.9


class Expected(NamedTuple):
    """The expected and the highest possible cost of a request, in millionths of a dollar."""

    money: int
    most: int

    @property
    def credits(self) -> int:
        """Return the expected cost in credits."""
        return -(-self.money // MICROS_PER_CREDIT)


def expected_cost(priced: int, costs: Sequence[int]) -> Expected:
    """Estimate the cost of a request: the 90th percentile of `costs`, those of similar requests.

    `priced` is the price of all tokens that the request allows; it is the estimate while `costs` is
    empty.
    """
    if not costs:
        return Expected(priced, priced)
    ranked = sorted(costs)
    learned = ranked[min(len(ranked) - 1, int(LEARNED_QUANTILE * len(ranked)))]
    return Expected(learned, max(priced, ranked[-1]))


def open_accounts(
    tx: Connection, run: Row, scopes: Sequence[str] = SCOPES
) -> tuple[str, list[tuple[str, Row]], datetime]:
    """Lock the accounts of a run, today and this month; return the day, (scope, row)s, the time.

    `run` is a row with id, site_id and credits_cap.
    """
    caps = tx.execute(SELECT_CAPS, {"of_site": run.site_id}).one()
    now = local_now(caps.time_zone)
    day = now.date().isoformat()
    budgets = {"run": run.credits_cap, "day": caps.cap_day, "month": caps.cap_month}
    accounts = [
        (scope, CreditAccount.ensure(tx, run.site_id, run.id, scope, period, budgets[scope]))
        for scope, period in account_periods(run.id, day)
        if scope in scopes
    ]
    return day, accounts, now


def admit(tx: Connection, run: Row, expected: Expected, scopes: Sequence[str] = SCOPES) -> str:
    """Reserve the money of a request that is about to be sent; return the local day it counts for.

    Raise RequestDeferred when a cap leaves no room: the caller rolls its transaction back.
    """
    day, accounts, now = open_accounts(tx, run, scopes)
    if not expected.most:
        return day
    for scope, account in accounts:
        _check_cap(scope, account, expected, now)
    taken = {"in_flight": expected.money, "in_flight_most": expected.most}
    CreditAccount.count_money(tx, run.site_id, run.id, day, scopes, **taken)
    return day


def _check_cap(scope: str, account: Row, expected: Expected, now: datetime) -> None:
    """Raise RequestDeferred if a request does not fit below the cap of an account.

    Requests in flight count with their highest cost, so only the last request can exceed the cap.
    """
    if account.budget is None:
        return
    cap, used = account.budget * MICROS_PER_CREDIT, account.billed + account.maybe_billed
    fits = committed_money(account) + expected.money <= cap
    if fits and used + account.in_flight_most <= cap:
        return
    if account.in_flight_most:
        raise RequestDeferred(
            f"The cap for {SCOPE_LABELS[scope]} is nearly reached: waiting for the requests that "
            "were sent.",
            kind="rate_limit",
            retry_after=WAIT_FOR_OTHERS_S,
        )
    if used >= cap * MIN_USED_SHARE:
        raise _no_room(scope, account, expected, now)


def _no_room(scope: str, account: Row, expected: Expected, now: datetime) -> RequestDeferred:
    parts = [f"{format_dollars(account.billed)} is spent"]
    if account.maybe_billed:
        parts.append(f"{format_dollars(account.maybe_billed)} may have been billed")
    cap = format_dollars(account.budget * MICROS_PER_CREDIT)
    return RequestDeferred(
        f"The cap of {cap} for {SCOPE_LABELS[scope]} leaves no room for the next request, which "
        f"may cost {format_dollars(expected.money)}: {' and '.join(parts)}.",
        kind="budget",
        retry_after=_seconds_left(now, scope),
    )


def _seconds_left(now: datetime, scope: str) -> float | None:
    """Return the seconds until the site's day or month is over, or None for a run."""
    if scope == "run":
        return None
    return datetime.combine(
        _period_end(now.date(), scope), time(0, 0, 1), now.tzinfo
    ).timestamp() - (now.timestamp())


def _period_end(today: date, scope: str) -> date:
    """Return the first day after the current day or month."""
    if scope == "day":
        return today + timedelta(days=1)
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def finish_answered(tx: Connection, row: Row, billed: int, **facts: Any) -> bool:
    """Store the reply of a request (a row) and count its cost; False if it is not in flight."""
    if not ProviderRequest.finish(tx, row.id, "answered", money=billed, most_money=0, **facts):
        return False
    _count_outcome(tx, row, billed=billed)
    return True


def finish_unanswered(
    tx: Connection, row: Row, state: str, reason: str, may_be_billed: bool
) -> bool:
    """Record that a request (a row) failed or was lost; return False if it is not in flight.

    If the server may have billed it, its expected cost counts.
    """
    money = row.money if may_be_billed else 0
    facts = {"reason": reason, "money": money, "most_money": 0}
    if not ProviderRequest.finish(tx, row.id, state, **facts):
        return False
    _count_outcome(tx, row, maybe_billed=money)
    return True


def _count_outcome(tx: Connection, row: Row, **counts: int) -> None:
    day = row.billed_day
    if day is None:  # sent by a release that did not count it
        return
    left = {"in_flight": -row.money, "in_flight_most": -row.most_money}
    scopes = WITHOUT_RUN if row.stage in CHANGE_STAGES else SCOPES
    CreditAccount.count_money(tx, row.site_id, row.run_id, day, scopes, **left, **counts)
    if any(counts.values()) and events.is_cap_wanted(tx, row.site_id):
        _tell_used_caps(tx, row, day)


def _tell_used_caps(tx: Connection, row: Row, day: str) -> None:
    """Notify people of each cap that reached TOLD_SHARE after a request (a row) was counted."""
    for scope, period in account_periods(row.run_id, day):
        query = select(account).where(
            account.c.site_id == row.site_id,
            account.c.scope == scope,
            account.c.period == period,
            account.c.budget.is_not(None),
        )
        found = tx.execute(query).first()
        if found is None:
            continue
        cap, used = found.budget * MICROS_PER_CREDIT, found.billed + found.maybe_billed
        if used >= cap * TOLD_SHARE:
            text = (
                f"{used / cap * 100:.0f} % of the cap for {SCOPE_LABELS[scope]} is used: "
                f"{format_dollars(used)} of {format_dollars(cap)}."
            )
            events.cap_used(tx, row.run_id, f"{scope}:{period}:{found.budget}", text)


def may_be_billed(error: Exception) -> bool:
    """Return whether a server may bill a request that ended with this error."""
    return error.may_be_billed if isinstance(error, ExternalError) else True
