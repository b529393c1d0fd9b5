"""P4: a paid request. Use the kept answer; else reserve, ask once, keep the raw answer, and only then look."""

from dataclasses import replace

from sqlalchemy import func, select

from igny8 import clock
from igny8.engine.billing import credits
from igny8.engine.billing.providers import ProviderAccess
from igny8.engine.db_retry import retry_on_disconnect
from igny8.engine.fault_injection import fault_point
from igny8.errors import ExternalError, RequestDeferred
from igny8.extensions import read_transaction, write_transaction
from igny8.models import CircuitBreaker, PriceTable, ProviderRequest, Run, RunItem
from igny8.models.circuit_breaker import TRANSPORT_ERROR_KINDS, is_open
from igny8.models.provider_request import RequestKey
from igny8.providers.base import Reply, Usage
from igny8.redaction import redact_bytes
from igny8.stages.base import Batch, Item

run, item, answer = Run.__table__, RunItem.__table__, ProviderRequest.__table__
MAX_PARENT_RUNS = 20
BREAKER_FAILURES = (*TRANSPORT_ERROR_KINDS, "auth", "rate_limit")
UNFINISHED_STATES = ("asked", "lost", "answered")
REPEATABLE_FAILURES = (
    *BREAKER_FAILURES,
    "money",
    "unknown_model",
    "interrupted",
)  # kinds of failures after which the same question is asked again


class PaidRequests:
    """The paid requests of one item of a batch, or, without an item, of its stage as a whole."""

    def __init__(self, batch: Batch, item: Item | None, way: ProviderAccess):
        self._batch, self._item, self._way = batch, item, way
        self._place = RequestKey(batch.run_id, batch.stage, item.subject_id if item else 0)

    def send_once(self, name: str, model: str, expected: Usage, send) -> Reply:
        """Return the reply kept under `name`; without one reserve, send, and keep what came.

        Raise RequestDeferred, and sends nothing, when the request may not be sent now.
        """
        answer_id = None
        while answer_id is None:
            kept = retry_on_disconnect(lambda: self._kept(name, model))
            if kept is not None:
                return Reply(
                    kept.body,
                    kept.model,
                    Usage(kept.tokens_in, kept.tokens_out, kept.images, kept.requests),
                )
            answer_id = retry_on_disconnect(lambda: self._begin(name, model, expected))
        fault_point("reserved")
        try:
            reply = send()
            reply = replace(
                reply, body=redact_bytes(reply.body)
            )  # a server may repeat our key to us
        except Exception as error:  # noqa: BLE001 - whatever it was, the request is over and is written down
            retry_on_disconnect(lambda error=error: self._failed(answer_id, error))
            raise
        fault_point("sent")
        retry_on_disconnect(lambda: self._keep(answer_id, reply))
        fault_point("kept")
        return reply

    def reject(self, name: str, why: str) -> None:
        """Mark the reply kept under `name` as unusable: it is not paid for in credits, nor used again."""

        def mark():
            with write_transaction() as tx:
                Run.lock(tx, self._batch.run_id)
                row = ProviderRequest.find_answer(tx, [self._place], name)
                if row is not None:
                    credits.release(tx, [row])
                    ProviderRequest.reject(tx, row.id, why)

        retry_on_disconnect(mark)

    def rejection_reason(self, name: str, again: str, model: str) -> str:
        """Return why the model's reply under `name` was unusable, where `again` is still to be asked or answered."""

        def look() -> str:
            with read_transaction() as tx:
                first = ProviderRequest.find_latest(tx, self._place, name, model)
                second = ProviderRequest.find_latest(tx, self._place, again, model)
            if first is None or first.state != "rejected" or not first.reason:
                return ""
            is_open = (
                second is None
                or second.id < first.id
                or second.state in UNFINISHED_STATES
                or (
                    second.state == "failed"
                    and second.reason.partition(":")[0] in REPEATABLE_FAILURES
                )
            )
            return first.reason if is_open else ""

        return retry_on_disconnect(look)

    def _kept(self, name: str, model: str):
        """Return the row of the model's answer that is kept under this name, its credits reserved again."""
        with read_transaction() as tx:
            places = self._places(tx)
            row = ProviderRequest.find_answer(tx, places, name, model)
        if row is None or (row.charge == "open" and row.run_id == self._batch.run_id):
            return row
        with write_transaction() as tx:
            held = self._hold(tx)
            row = ProviderRequest.find_answer(tx, places, name, model)
            if row is None:
                return None
            day = credits.reserve(tx, held, row.credits)
            again = ProviderRequest.reuse(
                tx, row, self._place, self._of_item(), self._batch.token, day
            )
            credits.record_reservation(
                tx,
                held,
                again,
                row.credits,
                day,
                credits.next_idempotency_key(tx, "reserve", again),
            )
        return row

    def _places(self, tx) -> list[RequestKey]:
        """Return where an answer may be kept: here, or in the runs that this one retries."""
        places, at = [self._place], self._batch.run_id
        while self._place.subject_id and len(places) < MAX_PARENT_RUNS:
            at = tx.execute(select(run.c.parent_id).where(run.c.id == at)).scalar()
            if at is None:
                break
            places.append(RequestKey(at, self._place.stage, self._place.subject_id))
        return places

    def _hold(self, tx):
        """Lock the run and return its row; raise RequestDeferred where it, or the claim, does not go on."""
        held = Run.lock(tx, self._batch.run_id)
        mine = tx.execute(
            select(item.c.id)
            .where(
                item.c.run_id == self._batch.run_id,
                item.c.token == self._batch.token,
                item.c.state == "active",
            )
            .limit(1)
        ).first()
        if held is None or mine is None:
            raise RequestDeferred("its claim was given to another worker", kind="stopped")
        if held.state != "running" or held.desired_state != "go" or held.block_kind is not None:
            raise RequestDeferred("the run was stopped before this was asked", kind="stopped")
        return held

    def _begin(self, name: str, model: str, expected: Usage) -> int | None:
        """Write down, in one transaction, that the request is about to be sent, and what it may cost.

        None when an answer is kept by now: whoever had this claim before stood still, and has just gone on.
        """
        now = clock.now().timestamp()
        with write_transaction() as tx:
            held = self._hold(tx)
            if ProviderRequest.find_answer(tx, [self._place], name, model) is not None:
                return None
            repeats = self._note_lost(tx, name)
            gate = CircuitBreaker.lock(tx, self._way.breaker_key, self._way.label)
            if is_open(gate, now):
                raise RequestDeferred(
                    f"{self._way.label} is not asked now: {gate.reason}", kind="gate"
                )
            wait = CircuitBreaker.wait_seconds(tx, self._way.breaker_key, self._way.limits, now)
            if wait:
                raise RequestDeferred(
                    f"{self._way.label} bears no more requests now",
                    kind="rate_limit",
                    retry_after=wait,
                )
            amount = self._amount(tx, model, expected)
            day = credits.reserve(tx, held, amount)
            answer_id = ProviderRequest.begin(
                tx,
                self._place,
                name,
                site_id=held.site_id,
                item_id=self._of_item(),
                token=self._batch.token,
                breaker_key=self._way.breaker_key,
                model=model,
                credits=amount,
                requests=max(1, expected.requests),
                day=day,
            )
            credits.record_reservation(tx, held, answer_id, amount, day, f"reserve:{answer_id}")
            credits.record_usage(
                tx, self._place, requests=max(1, expected.requests), repeats=repeats
            )
        return answer_id

    def _note_lost(self, tx, name: str) -> int:
        """Give up requests of this name whose answer never came, as their process died; count them."""
        rows = ProviderRequest.fetch_in_flight(tx, self._place, name)
        for row in rows:
            ProviderRequest.finish(
                tx, row.id, "lost", reason="its process died before the answer was kept"
            )
            credits.release(tx, [row])
        return len(rows)

    def _amount(self, tx, model: str, expected: Usage) -> int:
        """Return the credits to reserve: what is expected, or the dearest such request of the site so far."""
        expects = PriceTable.load(tx).cost(model, expected, self._way.endpoint.base_url).credits
        dearest = tx.execute(
            select(func.max(answer.c.credits)).where(
                answer.c.site_id == self._batch.site_id,
                answer.c.stage == self._batch.stage,
                answer.c.model == model,
                answer.c.state == "answered",
            )
        ).scalar()
        return max(expects, dearest or 0)

    def _keep(self, answer_id: int, reply: Reply) -> None:
        """Keep the raw reply, before anybody looks into it, and what it really cost."""
        with write_transaction() as tx:
            held = Run.lock(tx, self._batch.run_id)
            row = held and ProviderRequest.find(tx, answer_id)
            cost = PriceTable.load(tx).cost(reply.model, reply.usage, self._way.endpoint.base_url)
            used = {"tokens_in": reply.usage.tokens_in, "tokens_out": reply.usage.tokens_out}
            if row is None or not ProviderRequest.finish(
                tx,
                answer_id,
                "answered",
                body=reply.body,
                model=reply.model,
                credits=cost.credits,
                money=cost.money,
                images=reply.usage.images,
                **used,
            ):
                raise RequestDeferred("its claim was given to another worker", kind="stopped")
            credits.adjust_reservation(tx, row, cost)
            credits.record_usage(tx, self._place, money=cost.money, **used)
            CircuitBreaker.record_success(tx, self._way.breaker_key)

    def _failed(self, answer_id: int, error: Exception) -> None:
        """Write down that the request failed, release its credits, and tell the gate."""
        kind = error.kind if isinstance(error, ExternalError) else "bug"
        with write_transaction() as tx:
            if Run.lock(tx, self._batch.run_id) is None:
                return
            row = ProviderRequest.find(tx, answer_id)
            if row is None or not ProviderRequest.finish(
                tx, answer_id, "failed", reason=f"{kind}: {error}"[:500]
            ):
                return
            credits.release(tx, [row])
            if kind in BREAKER_FAILURES:
                CircuitBreaker.record_failure(
                    tx,
                    self._way.breaker_key,
                    kind,
                    str(error),
                    error.retry_after,
                    clock.now().timestamp(),
                )
            elif kind not in ("interrupted", "bug", "money", "address"):
                CircuitBreaker.record_success(tx, self._way.breaker_key)

    def _of_item(self) -> int | None:
        return self._item.id if self._item else None
