"""Accounts of money and credits with their caps, and the append-only ledger of credits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Case, Connection, Row, case, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, insert_if_absent, site_column, usage_column
from igny8.models.price import MICROS_PER_CREDIT
from igny8.models.site_settings import SiteSettings

SCOPES = ("run", "day", "month")
KINDS = ("grant", "reserve", "settle", "release")


class CreditAccount(Model):
    """Money and credits of one run, day or month of a site.

    `period` is the run id, a day (2026-11-24) or a month (2026-11). `budget` is the cap in units of
    MICROS_PER_CREDIT, None for no cap; it limits money. Money is in millionths of a dollar:
    `billed` for replies, usable or not; `maybe_billed` for requests whose reply was lost;
    `in_flight` is the expected cost of unanswered requests, `in_flight_most` their highest possible
    cost. `reserved` and `spent` are credits, which are charged for done items only; `overdrawn` is
    the amount above the budget.
    """

    __tablename__ = "account"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    scope = db.Column(db.String(5), nullable=False)
    period = db.Column(db.String(12), nullable=False)
    budget = db.Column(db.Integer)
    reserved = db.Column(db.Integer, nullable=False, default=0)
    spent = db.Column(db.Integer, nullable=False, default=0)
    overdrawn = db.Column(db.Integer, nullable=False, default=0)
    grants = db.Column(db.Integer, nullable=False, default=0)
    billed = usage_column(db.BigInteger)
    maybe_billed = usage_column(db.BigInteger)
    in_flight = usage_column(db.BigInteger)
    in_flight_most = usage_column(db.BigInteger)

    __table_args__ = (
        db.UniqueConstraint("site_id", "scope", "period"),
        db.CheckConstraint("scope IN ('run', 'day', 'month')", name="scope"),
        db.CheckConstraint("reserved >= 0 AND spent >= 0 AND overdrawn >= 0", name="positive"),
        db.CheckConstraint(
            "budget IS NULL OR spent + reserved <= budget + overdrawn", name="budget"
        ),
    )

    @staticmethod
    def ensure(
        tx: Connection, site_id: int, run_id: int, scope: str, period: str, budget: int | None
    ) -> Row[Any]:
        """Return the locked row of an account with this budget; create or update it as needed."""
        table = CreditAccount.__table__
        own = (table.c.site_id == site_id, table.c.scope == scope, table.c.period == period)
        row = tx.execute(select(table).where(*own).with_for_update()).first()
        if row is None:
            tx.execute(
                insert_if_absent(tx, table), {"site_id": site_id, "scope": scope, "period": period}
            )
            row = tx.execute(select(table).where(*own).with_for_update()).one()
        if row.budget != budget:
            tx.execute(
                update(table)
                .where(table.c.id == row.id)
                .values(
                    budget=budget,
                    grants=table.c.grants + 1,
                    overdrawn=_overdraft(budget, table.c.spent + table.c.reserved)
                    if budget is not None
                    else 0,
                )
            )
            CreditEntry.add(
                tx,
                site_id,
                run_id,
                "grant",
                (budget or 0) - (row.budget or 0),
                period[:10],
                f"grant:{row.id}:{row.grants + 1}",
            )
            row = tx.execute(select(table).where(*own)).one()
        return row

    @staticmethod
    def count_money(
        tx: Connection,
        site_id: int,
        run_id: int,
        day: str,
        scopes: Sequence[str] = SCOPES,
        **changes: int,
    ) -> None:
        """Add to the money columns of a run, its day and its month, or only some of these."""
        table = CreditAccount.__table__
        values = {name: table.c[name] + change for name, change in changes.items()}
        for scope, period in account_periods(run_id, day):
            if scope not in scopes:
                continue
            tx.execute(
                update(table)
                .where(table.c.site_id == site_id, table.c.scope == scope, table.c.period == period)
                .values(values)
            )

    @staticmethod
    def record(
        tx: Connection, site_id: int, run_id: int, day: str, reserved: int = 0, spent: int = 0
    ) -> None:
        """Add to the reserved and spent credits of a run, its day and month, without a check."""
        table = CreditAccount.__table__
        total = table.c.spent + spent + table.c.reserved + reserved
        for scope, period in account_periods(run_id, day):
            tx.execute(
                update(table)
                .where(table.c.site_id == site_id, table.c.scope == scope, table.c.period == period)
                .values(
                    reserved=table.c.reserved + reserved,
                    spent=table.c.spent + spent,
                    overdrawn=_overdraft(table.c.budget, total),
                )
            )


class CreditEntry(Model):
    """One movement of credits. Rows are never changed; the unique `key` prevents duplicates."""

    __tablename__ = "credit_ledger"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    answer_id = db.Column(db.Integer)
    kind = db.Column(db.String(8), nullable=False)
    amount = db.Column(db.Integer, nullable=False)
    day = db.Column(db.String(10), nullable=False)
    key = db.Column(db.String(60), nullable=False, unique=True)
    at = db.Column(UtcDateTime, nullable=False, default=clock.now)

    __table_args__ = (
        db.Index("ix_credit_ledger_run", "run_id"),
        db.Index("ix_credit_ledger_day", "site_id", "day"),
        db.CheckConstraint("kind IN ('grant', 'reserve', 'settle', 'release')", name="kind"),
        db.CheckConstraint("kind = 'grant' OR amount > 0", name="amount"),
    )

    @staticmethod
    def add(
        tx: Connection,
        site_id: int,
        run_id: int,
        kind: str,
        amount: int,
        day: str,
        key: str,
        answer_id: int | None = None,
    ) -> None:
        """Add one movement; a duplicate key raises IntegrityError."""
        tx.execute(
            insert(CreditEntry.__table__).values(
                site_id=site_id,
                run_id=run_id,
                kind=kind,
                amount=amount,
                day=day,
                key=key,
                answer_id=answer_id,
            )
        )


def local_now(time_zone: str) -> datetime:
    """Return the current time in a time zone; in UTC if the zone is unknown."""
    return clock.now().astimezone(clock.time_zone(time_zone))


class Headroom(NamedTuple):
    """The tightest cap: credits `left` of its `limit`, and its scope (run, day or month)."""

    left: int
    limit: int
    scope: str


def committed_money(account: Row[Any]) -> int:
    """Return the money of an account that is spent, possibly billed or reserved."""
    return int(account.billed + account.maybe_billed + account.in_flight)


def headroom(tx: Executor, site_id: int) -> Headroom | None:
    """Return the headroom of a run that starts now, or None without caps."""
    caps = tx.execute(
        select(
            SiteSettings.time_zone,
            SiteSettings.cap_run,
            SiteSettings.cap_day,
            SiteSettings.cap_month,
        ).where(SiteSettings.site_id == site_id)
    ).one()
    day = local_now(caps.time_zone).date().isoformat()
    table = CreditAccount.__table__
    taken = {
        (row.scope, row.period): -(-committed_money(row) // MICROS_PER_CREDIT)
        for row in tx.execute(
            select(table).where(table.c.site_id == site_id, table.c.period.in_((day, day[:7])))
        )
    }
    rooms = [
        Headroom(max(0, cap - taken.get((scope, period), 0)), cap, scope)
        for scope, period, cap in (
            ("run", "", caps.cap_run),
            ("day", day, caps.cap_day),
            ("month", day[:7], caps.cap_month),
        )
        if cap is not None
    ]
    return min(rooms, default=None)


def account_periods(run_id: int, day: str) -> tuple[tuple[str, str], ...]:
    """Return (scope, period) of the run, day and month account of a request."""
    return ("run", str(run_id)), ("day", day), ("month", day[:7])


def _overdraft(budget: Any, total: Any) -> Case:
    """Return the SQL expression for the amount of a total above the budget."""
    return case((total > budget, total - budget), else_=0)
