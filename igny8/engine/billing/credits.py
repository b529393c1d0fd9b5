"""Reserve credits for a request, adjust them to its real cost, capture or release them.

Protocol: docs/engine.md#credits.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, Row, bindparam, func, select, update

from igny8.engine.billing import spending
from igny8.models import (
    CreditAccount,
    CreditEntry,
    ProviderRequest,
    Run,
    RunItem,
    RunStage,
)
from igny8.models.content import Expense
from igny8.models.price import Cost
from igny8.models.provider_request import UPDATE_CHARGE, RequestKey
from igny8.stages.base import Batch

item, run_stage, request = RunItem.__table__, RunStage.__table__, ProviderRequest.__table__
entry = CreditEntry.__table__
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

    Caps limit money, not credits (spending.admit).
    """
    day, _, _ = spending.open_accounts(tx, run)
    if amount:
        CreditAccount.record(tx, run.site_id, run.id, day, reserved=amount)
    return day


def record_reservation(
    tx: Connection, run: Row, request_id: int, amount: int, day: str, key: str
) -> None:
    """Write to the ledger what reserve() reserved."""
    if amount:
        CreditEntry.add(tx, run.site_id, run.id, "reserve", amount, day, key, request_id)


def adjust_reservation(tx: Connection, row: Row, cost: Cost) -> None:
    """Change the open reservation of a request (a row) to its actual cost."""
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
    """Release a reservation permanently; a request that is still in flight counts as lost."""
    if row.state == "asked":
        reason = "its item ended before a reply was stored"
        spending.finish_unanswered(tx, row, "lost", reason, may_be_billed=True)
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
