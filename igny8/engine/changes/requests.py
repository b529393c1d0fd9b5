"""Paid requests of part changes: like those of a run, but counted per day and month only."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from igny8.engine.billing import spending
from igny8.engine.billing.paid_requests import CLAIM_LOST, PaidRequests
from igny8.engine.billing.providers import ProviderAccess
from igny8.errors import RequestDeferred
from igny8.extensions import read_transaction
from igny8.models import Content, ProviderRequest
from igny8.models.content import Expense
from igny8.models.price import Cost
from igny8.models.provider_request import RequestKey


class ChangeRequests(PaidRequests):
    """Sends the paid requests of one claimed change (a row).

    They belong to no item, so they cost no credits; their money is added to the article's cost.
    """

    def __init__(self, table: Table, stage: int, claim: Row, access: ProviderAccess) -> None:
        self._table, self._claim, self._access, self._item_id = table, claim, access, None
        self._batch: Any = SimpleNamespace(
            run_id=claim.run_id, site_id=claim.site_id, stage=stage, token=claim.token
        )
        self._key = RequestKey(claim.run_id, stage, claim.id)

    def _stored_reply(self, name: str, model: str) -> Row | None:
        """Return the row of the stored reply, or None."""
        with read_transaction() as tx:
            return ProviderRequest.find_answer(tx, [self._key], name, model)

    def _lock_run(self, tx: Connection) -> Any:
        """Lock the change (there is no run); raise RequestDeferred if its claim has ended."""
        change = self._table
        query = select(change.c.id).where(
            change.c.id == self._claim.id, change.c.token == self._claim.token
        )
        if tx.execute(query.with_for_update()).first() is None:
            raise RequestDeferred(CLAIM_LOST, kind="stopped")
        return self._place

    def _reserve(self, tx: Connection, locked: Any, cost: spending.Expected) -> dict[str, Any]:
        day = spending.admit(tx, locked, cost, spending.WITHOUT_RUN)
        return {"day": day, "credits": 0, "charge": "released"}

    def _record_reservation(self, tx: Connection, locked: Any, request_id: int, row: dict) -> None:
        """Do nothing: no credits are reserved."""

    def _charge(self, cost: Cost) -> int:
        return 0

    def _record_usage(self, tx: Connection, **used: int) -> None:
        """Add money and tokens of the change to its article."""
        tokens = used.get("tokens_in", 0), used.get("tokens_out", 0)
        money = used.get("money", 0)
        Content.spend(tx, self._claim.content_id, Expense(0, money, *tokens))
        if money:
            change = self._table
            own = change.update().where(change.c.id == self._claim.id)
            tx.execute(own.values(money=change.c.money + money))

    @property
    def _place(self) -> Any:
        return SimpleNamespace(id=self._claim.run_id, site_id=self._claim.site_id, credits_cap=None)
