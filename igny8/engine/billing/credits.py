"""Reserve credits for a request, adjust them to its real cost, capture or release them.

Protocol: docs/engine.md#credits.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Row, bindparam, func, select, update

from igny8.errors import RequestDeferred
from igny8.models import (
    CreditAccount,
    CreditEntry,
    ProviderRequest,
    Run,
    RunItem,
    RunStage,
    SiteSettings,
)
from igny8.models.content import Expense
from igny8.models.credit_account import account_periods, local_now
from igny8.models.price import Cost
from igny8.models.provider_request import UPDATE_CHARGE, RequestKey
from igny8.stages.base import Batch

item, run_stage, request = RunItem.__table__, RunStage.__table__, ProviderRequest.__table__
entry = CreditEntry.__table__
SELECT_CAPS = select(SiteSettings.time_zone, SiteSettings.cap_day, SiteSettings.cap_month).where(
    SiteSettings.site_id == bindparam("of_site")
)
SCOPE_LABELS = {"run": "this run", "day": "today", "month": "this month"}
INCREMENT_VERSION = (
    update(Run.__table__).where(Run.id == bindparam("of_run")).values(version=Run.version + 1)
)
MARK_CAPTURED = (
    update(request)
    .where(request.c.id == bindparam("one"))
    .values(charge="settled", item_id=bindparam("of_item"), body=None)
)


def reserve(tx: Connection, run: Row, amount: int) -> str:
    """Reserve credits for a request of a locked run; return the local day they count on.

    Raise RequestDeferred when a cap leaves no room: the caller rolls its transaction back.
    """
    caps = tx.execute(SELECT_CAPS, {"of_site": run.site_id}).one()
    now = local_now(caps.time_zone)
    day = now.date().isoformat()
    if not amount:
        return day
    budgets = {"run": run.credits_cap, "day": caps.cap_day, "month": caps.cap_month}
    for scope, period in account_periods(run.id, day):
        account = CreditAccount.ensure(tx, run.site_id, run.id, scope, period, budgets[scope])
        if not CreditAccount.reserve(tx, account.id, amount):
            raise _no_room(account, scope, amount, now)
    return day


def _no_room(account: Row, scope: str, amount: int, now: datetime) -> RequestDeferred:
    reserved = f" and {account.reserved:,} reserved" if account.reserved else ""
    return RequestDeferred(
        f"The cap of {account.budget:,} credits for {SCOPE_LABELS[scope]} leaves no room for "
        f"the next request, which may take {amount:,}: {account.spent:,} are spent{reserved}.",
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


def record_reservation(
    tx: Connection, run: Row, request_id: int, amount: int, day: str, key: str
) -> None:
    """Write to the ledger what reserve() reserved."""
    if amount:
        CreditEntry.add(tx, run.site_id, run.id, "reserve", amount, day, key, request_id)


def adjust_reservation(tx: Connection, row: Row, cost: Cost) -> None:
    """Change the open reservation of a request (a row) to what it really cost."""
    more = cost.credits - row.credits
    if more:
        kind = "reserve" if more > 0 else "release"
        _add_entry(tx, row, kind, abs(more), f"true:{row.id}")
        CreditAccount.record(tx, row.site_id, row.run_id, row.day, reserved=more)


def _add_entry(tx: Connection, row: Row, kind: str, amount: int, key: str) -> None:
    """Add a ledger entry for a request (a row)."""
    CreditEntry.add(tx, row.site_id, row.run_id, kind, amount, row.day, key, row.id)


def release(tx: Connection, rows: Iterable[Row]) -> None:
    """Release the open reservations of requests (rows) that failed or are not needed."""
    for row in rows:
        if row.charge != "open":
            continue
        if row.credits:
            key = next_idempotency_key(tx, "release", row.id)
            _add_entry(tx, row, "release", row.credits, key)
            CreditAccount.record(tx, row.site_id, row.run_id, row.day, reserved=-row.credits)
        tx.execute(UPDATE_CHARGE, {"one": row.id, "into": "released", "price": row.credits})


def next_idempotency_key(tx: Connection, kind: str, request_id: int) -> str:
    """Return the key of a ledger entry that may repeat after a request is reserved again."""
    before = tx.execute(
        select(func.count()).where(entry.c.answer_id == request_id, entry.c.kind == kind)
    ).scalar_one()
    return f"{kind}:{request_id}" + (f":{before + 1}" if before else "")


def capture(tx: Connection, batch: Batch, done: list[int], lost: list[int]) -> dict[int, Expense]:
    """Capture the credits of done subjects, release those of lost ones; return costs by subject.

    Requests for the stage as a whole are charged to the first done item.
    """
    expenses: dict[int, Expense] = {}
    item_ids = {claimed.subject_id: claimed.id for claimed in batch.items}
    whole_stage = [0] if done else []
    subjects = [*done, *whole_stage]
    for row in ProviderRequest.fetch_reserved(tx, batch.run_id, batch.stage, subjects):
        if row.state != "answered":  # its reply never came, or came too late
            _abandon(tx, row)
            continue
        subject = row.subject_id or done[0]
        if row.credits:
            _add_entry(tx, row, "settle", row.credits, f"settle:{row.id}")
            change = {"reserved": -row.credits, "spent": row.credits}
            CreditAccount.record(tx, row.site_id, row.run_id, row.day, **change)
        tx.execute(MARK_CAPTURED, {"one": row.id, "of_item": item_ids[subject]})
        expense = Expense(row.credits, row.money, row.tokens_in, row.tokens_out)
        expenses[subject] = expenses.get(subject, Expense()) + expense
    if lost:
        for row in ProviderRequest.fetch_reserved(tx, batch.run_id, batch.stage, lost):
            _abandon(tx, row)
    return expenses


def _abandon(tx: Connection, row: Row) -> None:
    """Release a reservation for good; a request that is still in flight counts as lost."""
    if row.state == "asked":
        reason = "its item ended before a reply was stored"
        ProviderRequest.finish(tx, row.id, "lost", reason=reason)
    release(tx, [row])


def release_all_of_run(tx: Connection, run_id: int) -> None:
    """Release everything that an ending run still has reserved."""
    for row in ProviderRequest.fetch_reserved(tx, run_id):
        _abandon(tx, row)


def record_usage(tx: Connection, key: RequestKey, **used: int) -> None:
    """Add usage to the item and its stage, and increment the version of the run.

    `used` may name requests, repeats, tokens_in, tokens_out and money.
    """
    tx.execute(INCREMENT_VERSION, {"of_run": key.run_id})
    of_stage = (run_stage.c.run_id == key.run_id, run_stage.c.number == key.stage)
    of_item = (
        item.c.run_id == key.run_id,
        item.c.stage == key.stage,
        item.c.subject_id == key.subject_id,
    )
    for table, condition in ((run_stage, of_stage), (item, of_item)):
        values = {name: table.c[name] + count for name, count in used.items()}
        tx.execute(update(table).where(*condition).values(**values))
