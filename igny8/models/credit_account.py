"""Credits: accounts with a budget, and the append-only ledger that every balance can be summed from."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import case, insert, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, insert_if_absent, site_column
from igny8.models.site_settings import SiteSettings

SCOPES = ("run", "day", "month")
KINDS = ("grant", "reserve", "settle", "release")


class CreditAccount(Model):
    """What may be spent, is reserved and is spent: of one run, one day or one month of a site.

    `period` is the run's id, 2026-11-24 or 2026-11; no budget is no cap. `overdrawn` is by how much
    the account stands over its budget: an answer cost more than was expected, or the budget was
    lowered. Nothing can be reserved then.
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

    __table_args__ = (
        db.UniqueConstraint("site_id", "scope", "period"),
        db.CheckConstraint("scope IN ('run', 'day', 'month')", name="scope"),
        db.CheckConstraint("reserved >= 0 AND spent >= 0 AND overdrawn >= 0", name="positive"),
        db.CheckConstraint(
            "budget IS NULL OR spent + reserved <= budget + overdrawn", name="budget"
        ),
    )

    @staticmethod
    def ensure(tx, site_id: int, run_id: int, scope: str, period: str, budget: int | None):
        """Return the row of an account, made when it is new, its budget as it is wanted now."""
        table = CreditAccount.__table__
        own = (table.c.site_id == site_id, table.c.scope == scope, table.c.period == period)
        row = tx.execute(select(table).where(*own)).first()
        if row is None:
            tx.execute(
                insert_if_absent(tx, table), {"site_id": site_id, "scope": scope, "period": period}
            )
            row = tx.execute(select(table).where(*own)).one()
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
    def reserve(tx, account_id: int, amount: int) -> bool:
        """Reserve credits where they fit under the budget; False, and nothing changed, where not."""
        table = CreditAccount.__table__
        return (
            tx.execute(
                update(table)
                .where(
                    table.c.id == account_id,
                    table.c.budget.is_(None)
                    | (table.c.spent + table.c.reserved + amount <= table.c.budget),
                )
                .values(reserved=table.c.reserved + amount)
            ).rowcount
            == 1
        )

    @staticmethod
    def record(tx, site_id: int, run_id: int, day: str, reserved: int = 0, spent: int = 0) -> None:
        """Add to what is reserved and spent of a run, its day and its month."""
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
    """One movement of credits. Rows are added and never changed; `key` makes each happen once."""

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
        tx,
        site_id: int,
        run_id: int,
        kind: str,
        amount: int,
        day: str,
        key: str,
        answer_id: int | None = None,
    ) -> None:
        """Write one movement; a second one under the same key is an error of the caller."""
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
    """Return the time as it is now in a zone; in UTC when there is no such zone."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return clock.now().astimezone(zone)


class Headroom(NamedTuple):
    """How many credits are left of the cap that leaves the least: its scope ("run", "day" or "month") and its limit."""

    left: int
    limit: int
    scope: str


def headroom(tx, site_id: int) -> Headroom | None:
    """Return what the caps of a site leave to a run that begins now; None without caps."""
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
        (row.scope, row.period): row.spent + row.reserved
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
    """Return (scope, period) of the three accounts in which a request of a run on a day counts."""
    return ("run", str(run_id)), ("day", day), ("month", day[:7])


def _overdraft(budget, total):
    """Return by how much a total stands over the budget, as SQL."""
    return case((total > budget, total - budget), else_=0)
