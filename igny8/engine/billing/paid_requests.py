"""Send a paid request at most once: reuse a stored reply, or reserve, send and store the reply.

Protocol: docs/engine.md#paid-requests.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from igny8 import clock
from igny8.engine.billing import credits, spending
from igny8.engine.billing.providers import ProviderAccess
from igny8.engine.db_retry import retry_on_disconnect
from igny8.engine.fault_injection import fault_point
from igny8.errors import ExternalError, RequestDeferred
from igny8.extensions import read_transaction, write_transaction
from igny8.models import CircuitBreaker, PriceTable, ProviderRequest, Run, RunItem
from igny8.models.circuit_breaker import TRANSPORT_ERROR_KINDS, is_open
from igny8.models.price import Cost
from igny8.models.provider_request import RequestKey
from igny8.providers.base import Reply, Usage
from igny8.redaction import redact_bytes
from igny8.stages.base import Batch, Item

run, item = Run.__table__, RunItem.__table__
MAX_PARENT_RUNS = 20  # how far back stored replies are looked for in the runs that this one retries
BREAKER_FAILURES = (*TRANSPORT_ERROR_KINDS, "auth", "rate_limit")
NEUTRAL_FAILURES = ("interrupted", "bug", "money", "address")  # say nothing about the endpoint
# failures after which the same question is repeated
REPEATABLE_FAILURES = (*BREAKER_FAILURES, "money", "unknown_model", "interrupted")
UNFINISHED_STATES = ("asked", "lost", "answered")
NUMBERING = re.compile(r"-(?:again|\d+)")  # what follows the kind of a request in its name
CLAIM_LOST = "its claim was requeued"


class PaidRequests:
    """Sends the paid requests of one item of a claim, or of its stage as a whole."""

    def __init__(self, batch: Batch, item: Item | None, access: ProviderAccess) -> None:
        self._batch, self._access = batch, access
        self._item_id = item.id if item else None
        self._key = RequestKey(batch.run_id, batch.stage, item.subject_id if item else 0)

    def send_once(self, name: str, model: str, expected: Usage, send: Callable[[], Reply]) -> Reply:
        """Return the reply stored under `name`; without one reserve credits, send, and store it.

        Raise RequestDeferred, without sending anything, when the request may not be sent now.
        """
        request_id = None
        while request_id is None:
            stored = retry_on_disconnect(lambda: self._stored_reply(name, model))
            if stored is not None:
                used = Usage(stored.tokens_in, stored.tokens_out, stored.images, stored.requests)
                return Reply(stored.body, stored.model, used)
            request_id = retry_on_disconnect(lambda: self._begin(name, model, expected))
        fault_point("reserved")
        try:
            reply = send()
            reply = replace(reply, body=redact_bytes(reply.body))  # a server may echo our key
        except Exception as error:  # whatever it was, the request is recorded as over
            failure = error
            retry_on_disconnect(lambda: self._record_failure(request_id, failure))
            raise
        fault_point("sent")
        retry_on_disconnect(lambda: self._store_reply(request_id, reply))
        fault_point("kept")
        return reply

    def reject(self, name: str, why: str) -> None:
        """Mark the reply stored under `name` as unusable: it is neither charged nor used again."""

        def mark_rejected() -> None:
            with write_transaction() as tx:
                Run.lock(tx, self._batch.run_id)
                row = ProviderRequest.find_answer(tx, [self._key], name)
                if row is not None:
                    credits.release(tx, [row])
                    ProviderRequest.reject(tx, row.id, why)

        retry_on_disconnect(mark_rejected)

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return why the reply under `name` was unusable, until the repeat `again` is answered."""

        def find() -> str:
            with read_transaction() as tx:
                first = ProviderRequest.find_latest(tx, self._key, name, model)
                second = ProviderRequest.find_latest(tx, self._key, again, model)
            if first is None or first.state != "rejected" or not first.reason:
                return ""
            return first.reason if _is_unanswered(first, second) else ""

        return retry_on_disconnect(find)

    def is_answered(self, name: str, model: str) -> bool:
        """Return whether a usable reply is stored under `name`, in this run or its parents."""

        def find() -> bool:
            with read_transaction() as tx:
                keys = self._reply_keys(tx)
                return ProviderRequest.find_answer(tx, keys, name, model) is not None

        return retry_on_disconnect(find)

    def _stored_reply(self, name: str, model: str) -> Row | None:
        """Return the row of the stored reply, with its credits reserved again where needed."""
        with read_transaction() as tx:
            keys = self._reply_keys(tx)
            row = ProviderRequest.find_answer(tx, keys, name, model)
        if row is None or (row.charge == "open" and row.run_id == self._batch.run_id):
            return row
        with write_transaction() as tx:
            locked = self._lock_run(tx)
            row = ProviderRequest.find_answer(tx, keys, name, model)
            if row is None:
                return None
            day = credits.reserve(tx, locked, row.credits)
            token = self._batch.token
            reused = ProviderRequest.reuse(tx, row, self._key, self._item_id, token, day)
            entry_key = credits.next_idempotency_key(tx, "reserve", reused)
            credits.record_reservation(tx, locked, reused, row.credits, day, entry_key)
        return row

    def _reply_keys(self, tx: Connection) -> list[RequestKey]:
        """Return the keys under which a reply may be stored: of this run and those it retries."""
        keys = [self._key]
        run_id: int | None = self._batch.run_id
        while self._key.subject_id and len(keys) < MAX_PARENT_RUNS:
            run_id = tx.execute(select(run.c.parent_id).where(run.c.id == run_id)).scalar()
            if run_id is None:
                break
            keys.append(RequestKey(run_id, self._key.stage, self._key.subject_id))
        return keys

    def _lock_run(self, tx: Connection) -> Row:
        """Lock the run and return its row; raise RequestDeferred if it or the claim has ended."""
        locked = Run.lock(tx, self._batch.run_id)
        is_claimed = tx.execute(
            select(item.c.id)
            .where(
                item.c.run_id == self._batch.run_id,
                item.c.token == self._batch.token,
                item.c.state == "active",
            )
            .limit(1)
        ).first()
        if locked is None or is_claimed is None:
            raise RequestDeferred(CLAIM_LOST, kind="stopped")
        is_going = locked.state == "running" and locked.desired_state == "go"
        if not is_going or locked.block_kind is not None:
            raise RequestDeferred("the run was stopped before this request", kind="stopped")
        return locked

    def _begin(self, name: str, model: str, expected: Usage) -> int | None:
        """Record in one transaction that the request is about to be sent, and reserve credits.

        Return its id, or None if a reply was stored meanwhile by a worker that held this claim
        before and was frozen until now.
        """
        requests = max(1, expected.requests)
        with write_transaction() as tx:
            locked = self._lock_run(tx)
            if ProviderRequest.find_answer(tx, [self._key], name, model) is not None:
                return None
            repeats = self._mark_lost(tx, name)
            self._check_limits(tx)
            cost = self._expected_cost(tx, name, model, expected)
            reserved = self._reserve(tx, locked, cost)
            request_id = ProviderRequest.begin(
                tx,
                self._key,
                name,
                site_id=locked.site_id,
                item_id=self._item_id,
                token=self._batch.token,
                breaker_key=self._access.breaker_key,
                model=model,
                requests=requests,
                billed_day=reserved["day"],
                money=cost.money,
                most_money=cost.most,
                **reserved,
            )
            self._record_reservation(tx, locked, request_id, reserved)
            self._record_usage(tx, requests=requests, repeats=repeats)
        return request_id

    def _reserve(self, tx: Connection, locked: Row, cost: spending.Expected) -> dict[str, Any]:
        """Reserve money and credits; return the columns to store with the request."""
        day = spending.admit(tx, locked, cost)
        credits.reserve(tx, locked, cost.credits)
        return {"day": day, "credits": cost.credits}

    def _record_reservation(
        self, tx: Connection, locked: Row, request_id: int, reserved: dict[str, Any]
    ) -> None:
        """Write to the ledger what _reserve() reserved."""
        amount, day = reserved["credits"], reserved["day"]
        key = f"reserve:{request_id}"
        credits.record_reservation(tx, locked, request_id, amount, day, key)

    def _record_usage(self, tx: Connection, **used: int) -> None:
        """Add usage to the item and its stage."""
        credits.record_usage(tx, self._key, **used)

    def _charge(self, cost: Cost) -> int:
        """Return the credits of a reply."""
        return cost.credits

    def _check_limits(self, tx: Connection) -> None:
        """Raise RequestDeferred while the circuit breaker is open or the rate limit is reached."""
        now, access = clock.now().timestamp(), self._access
        breaker = CircuitBreaker.lock(tx, access.breaker_key, access.label)
        if is_open(breaker, now):
            message = f"{access.label} is paused: {breaker.reason}"
            raise RequestDeferred(message, kind="circuit_breaker")
        wait_s = CircuitBreaker.wait_seconds(tx, access.breaker_key, access.limits, now)
        if wait_s:
            message = f"the limit of requests to {access.label} is reached"
            raise RequestDeferred(message, kind="rate_limit", retry_after=wait_s)

    def _mark_lost(self, tx: Connection, name: str) -> int:
        """Mark unanswered requests of this name as lost, as their process died; return how many."""
        rows = ProviderRequest.fetch_in_flight(tx, self._key, name)
        for row in rows:
            reason = "its process died before the reply was stored"
            spending.finish_unanswered(tx, row, "lost", reason, may_be_billed=True)
            credits.release(tx, [row])
        return len(rows)

    def _expected_cost(
        self, tx: Connection, name: str, model: str, expected: Usage
    ) -> spending.Expected:
        """Return the expected cost of a request, learned from similar earlier ones."""
        priced = PriceTable.load(tx).cost(model, expected, self._access.endpoint.base_url).money
        if not priced:
            return spending.Expected(0, 0)
        batch, kind = self._batch, NUMBERING.sub("", name)
        costs = ProviderRequest.recent_costs(
            tx, batch.site_id, batch.stage, model, kind, spending.LEARNED_FROM
        )
        return spending.expected_cost(priced, costs)

    def _store_reply(self, request_id: int, reply: Reply) -> None:
        """Store the raw reply before it is parsed, and its actual cost."""
        with write_transaction() as tx:
            locked = Run.lock(tx, self._batch.run_id)
            row = locked and ProviderRequest.find(tx, request_id)
            cost = PriceTable.load(tx).cost(
                reply.model, reply.usage, self._access.endpoint.base_url
            )
            used = {"tokens_in": reply.usage.tokens_in, "tokens_out": reply.usage.tokens_out}
            facts = {"body": reply.body, "model": reply.model, "images": reply.usage.images}
            facts |= {"credits": self._charge(cost), **used}
            if row is None or not spending.finish_answered(tx, row, cost.money, **facts):
                raise RequestDeferred(CLAIM_LOST, kind="stopped")
            if row.charge == "open":
                credits.adjust_reservation(tx, row, cost)
            self._record_usage(tx, **used, money=cost.money)
            CircuitBreaker.record_success(tx, self._access.breaker_key)

    def _record_failure(self, request_id: int, error: Exception) -> None:
        """Record that the request failed, release its credits and inform the circuit breaker."""
        kind, retry_after = "bug", None
        if isinstance(error, ExternalError):
            kind, retry_after = error.kind, error.retry_after
        key, reason = self._access.breaker_key, f"{kind}: {error}"[:500]
        with write_transaction() as tx:
            if Run.lock(tx, self._batch.run_id) is None:
                return
            row = ProviderRequest.find(tx, request_id)
            billed = spending.may_be_billed(error)
            if row is None or not spending.finish_unanswered(tx, row, "failed", reason, billed):
                return
            credits.release(tx, [row])
            if kind in BREAKER_FAILURES:
                now = clock.now().timestamp()
                CircuitBreaker.record_failure(tx, key, kind, str(error), retry_after, now)
            elif kind not in NEUTRAL_FAILURES:
                CircuitBreaker.record_success(tx, key)


def _is_unanswered(first: Row, second: Row | None) -> bool:
    """Return whether request `second` was not sent after `first`, or may be repeated."""
    return (
        second is None
        or second.id < first.id
        or second.state in UNFINISHED_STATES
        or (second.state == "failed" and second.reason.partition(":")[0] in REPEATABLE_FAILURES)
    )
