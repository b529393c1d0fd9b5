"""Money: reserve what a request may cost, true it up when it is known, settle or release it with its item."""

from datetime import datetime, time, timedelta

from sqlalchemy import bindparam, func, select, update

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
from igny8.models.provider_request import UPDATE_CHARGE

item, run_stage, answer = RunItem.__table__, RunStage.__table__, ProviderRequest.__table__
SELECT_CAPS = select(SiteSettings.time_zone, SiteSettings.cap_day, SiteSettings.cap_month).where(
    SiteSettings.site_id == bindparam("of_site")
)
SCOPE_LABELS = {"run": "this run", "day": "today", "month": "this month"}
INCREMENT_VERSION = (
    update(Run.__table__).where(Run.id == bindparam("of_run")).values(version=Run.version + 1)
)
MARK_CAPTURED = (
    update(answer)
    .where(answer.c.id == bindparam("one"))
    .values(charge="settled", item_id=bindparam("of_item"), body=None)
)


def reserve(tx, run, amount: int) -> str:
    """Reserve credits for a request of a run (a row, held); return the day on which they count.

    Raise RequestDeferred, and the caller's transaction is to roll back, when a cap leaves no room.
    """
    caps = tx.execute(SELECT_CAPS, {"of_site": run.site_id}).one()
    here = local_now(caps.time_zone)
    day = here.date().isoformat()
    if not amount:
        return day
    budgets = {"run": run.credits_cap, "day": caps.cap_day, "month": caps.cap_month}
    for scope, period in account_periods(run.id, day):
        account = CreditAccount.ensure(tx, run.site_id, run.id, scope, period, budgets[scope])
        if not CreditAccount.reserve(tx, account.id, amount):
            held = f" and {account.reserved:,} held for texts in work" if account.reserved else ""
            raise RequestDeferred(
                f"The cap of {account.budget:,} credits for {SCOPE_LABELS[scope]} leaves no room for the next request, "
                f"which may take {amount:,}: {account.spent:,} are spent{held}.",
                kind="budget",
                retry_after=_seconds_left(here, scope),
            )
    return day


def _seconds_left(here, scope: str) -> float | None:
    """Return the seconds until a day or a month of the site is over; a run's never is."""
    if scope == "run":
        return None
    first = here.date().replace(day=1)
    after = (
        here.date() + timedelta(days=1)
        if scope == "day"
        else (first + timedelta(days=32)).replace(day=1)
    )
    return datetime.combine(after, time(0, 0, 1), here.tzinfo).timestamp() - here.timestamp()


def record_reservation(tx, run, answer_id: int, amount: int, day: str, key: str) -> None:
    """Write into the ledger what reserve() reserved."""
    if amount:
        CreditEntry.add(tx, run.site_id, run.id, "reserve", amount, day, key, answer_id)


def adjust_reservation(tx, row, cost: Cost) -> None:
    """Let an open reservation (the row of an answer) be what the request really cost."""
    more = cost.credits - row.credits
    if more:
        CreditEntry.add(
            tx,
            row.site_id,
            row.run_id,
            "reserve" if more > 0 else "release",
            abs(more),
            row.day,
            f"true:{row.id}",
            row.id,
        )
        CreditAccount.record(tx, row.site_id, row.run_id, row.day, reserved=more)


def release(tx, rows) -> None:
    """Give back what is reserved for answers (rows): their work failed, or nobody needs it."""
    for row in rows:
        if row.charge != "open":
            continue
        if row.credits:
            CreditEntry.add(
                tx,
                row.site_id,
                row.run_id,
                "release",
                row.credits,
                row.day,
                next_idempotency_key(tx, "release", row.id),
                row.id,
            )
            CreditAccount.record(tx, row.site_id, row.run_id, row.day, reserved=-row.credits)
        tx.execute(UPDATE_CHARGE, {"one": row.id, "into": "released", "price": row.credits})


def next_idempotency_key(tx, kind: str, answer_id: int) -> str:
    """Return a key for a movement that may happen again after an answer is reserved again."""
    before = tx.execute(
        select(func.count()).where(CreditEntry.answer_id == answer_id, CreditEntry.kind == kind)
    ).scalar_one()
    return f"{kind}:{answer_id}" + (f":{before + 1}" if before else "")


def capture(tx, batch, done: list[int], lost: list[int]) -> dict[int, Expense]:
    """Charge what done subjects took and release what the lost ones did; return what was charged by subject.

    What was asked for the stage as a whole is charged to the first item that is done.
    """
    whole = [0] if done else []
    paid: dict[int, Expense] = {}
    ids = {i.subject_id: i.id for i in batch.items}
    for row in ProviderRequest.fetch_reserved(tx, batch.run_id, batch.stage, [*done, *whole]):
        if row.state != "answered":  # its reply never came, or came too late
            _abandon(tx, row)
            continue
        subject = row.subject_id or done[0]
        if row.credits:
            CreditEntry.add(
                tx,
                row.site_id,
                row.run_id,
                "settle",
                row.credits,
                row.day,
                f"settle:{row.id}",
                row.id,
            )
            CreditAccount.record(
                tx, row.site_id, row.run_id, row.day, reserved=-row.credits, spent=row.credits
            )
        tx.execute(MARK_CAPTURED, {"one": row.id, "of_item": ids[subject]})
        paid[subject] = paid.get(subject, Expense()) + Expense(
            row.credits, row.money, row.tokens_in, row.tokens_out
        )
    if lost:
        for row in ProviderRequest.fetch_reserved(tx, batch.run_id, batch.stage, lost):
            _abandon(tx, row)
    return paid


def _abandon(tx, row) -> None:
    """Release a reservation for good; a request that is still asked is lost."""
    if row.state == "asked":
        ProviderRequest.finish(
            tx, row.id, "lost", reason="its item ended before an answer was kept"
        )
    release(tx, [row])


def release_all_of_run(tx, run_id: int) -> None:
    """Give back all that a run that ends still holds."""
    for row in ProviderRequest.fetch_reserved(tx, run_id):
        _abandon(tx, row)


def record_usage(
    tx,
    place,
    requests: int = 0,
    repeats: int = 0,
    tokens_in: int = 0,
    tokens_out: int = 0,
    money: int = 0,
) -> None:
    """Count what was used outside on the item and on its stage; the run has changed then."""
    tx.execute(INCREMENT_VERSION, {"of_run": place.run_id})
    for table, own in (
        (run_stage, (run_stage.c.run_id == place.run_id, run_stage.c.number == place.stage)),
        (
            item,
            (
                item.c.run_id == place.run_id,
                item.c.stage == place.stage,
                item.c.subject_id == place.subject_id,
            ),
        ),
    ):
        tx.execute(
            update(table)
            .where(*own)
            .values(
                requests=table.c.requests + requests,
                repeats=table.c.repeats + repeats,
                tokens_in=table.c.tokens_in + tokens_in,
                tokens_out=table.c.tokens_out + tokens_out,
                money=table.c.money + money,
            )
        )
