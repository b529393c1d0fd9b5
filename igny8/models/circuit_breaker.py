"""Circuit breaker and rate limit per endpoint and key, shared by all workers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, insert_if_absent
from igny8.models.provider_request import ProviderRequest
from igny8.models.run_item import RunItem

OPEN_AFTER_ERRORS = 5
FIRST_OPEN_S = 30.0
MAX_OPEN_S = 890.0  # below the 900 s from which a claim assumes that a clock jumped
PROBE_TIMEOUT_S = 60.0  # how long one probe keeps other workers from sending requests
MINUTE_S = 60.0
TRANSPORT_ERROR_KINDS = ("timeout", "connection", "server")


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """Limits of an endpoint: concurrent requests and requests per minute; None is no limit."""

    concurrent: int | None = None
    per_minute: int | None = None


class CircuitBreaker(Model):
    """State of one circuit breaker; `key` identifies endpoint and API key.

    `open_count` is how often it opened since the last success; `kind` and `reason` are those of the
    last error. Times are seconds since 1970, because all machines have to agree on them.
    """

    __tablename__ = "provider_gate"

    key = db.Column(db.String(64), primary_key=True)
    label = db.Column(db.String(200), nullable=False, default="")
    errors = db.Column(db.Integer, nullable=False, default=0)
    open_count = db.Column("shuts", db.Integer, key="open_count", nullable=False, default=0)
    kind = db.Column(db.String(16))
    reason = db.Column(db.Text)
    open_since = db.Column("shut_since", db.Float, key="open_since")
    open_until = db.Column("shut_until", db.Float, key="open_until")
    probe_until = db.Column(db.Float)

    @staticmethod
    def lock(tx: Connection, key: str, label: str) -> Row[Any]:
        """Lock the row until the transaction ends and return it; create it closed if missing."""
        table = CircuitBreaker.__table__
        query = select(table).where(table.c.key == key).with_for_update()
        row = tx.execute(query).first()
        if row is None:
            tx.execute(insert_if_absent(tx, table), {"key": key, "label": label})
            row = tx.execute(query).one()
        return row

    @staticmethod
    def find(tx: Executor, key: str) -> Row[Any] | None:
        """Return the row of a breaker, or None if no request was ever sent."""
        table = CircuitBreaker.__table__
        return tx.execute(select(table).where(table.c.key == key)).first()

    @staticmethod
    def take_probe(tx: Connection, key: str, now: float) -> bool:
        """Become the half-open probe; return False if another worker is probing."""
        table = CircuitBreaker.__table__
        statement = update(table).where(table.c.key == key, _is_not_probed(now))
        return changed_one(tx, statement.values(probe_until=now + PROBE_TIMEOUT_S))

    @staticmethod
    def record_success(tx: Connection, key: str) -> None:
        """Close the breaker after a successful request."""
        table = CircuitBreaker.__table__
        tx.execute(
            update(table)
            .where(table.c.key == key, (table.c.errors > 0) | table.c.open_until.is_not(None))
            .values(
                errors=0,
                open_count=0,
                kind=None,
                reason=None,
                open_since=None,
                open_until=None,
                probe_until=None,
            )
        )

    @staticmethod
    def record_failure(
        tx: Connection, key: str, kind: str, reason: str, retry_after: float | None, now: float
    ) -> None:
        """Count an error and open the breaker where needed.

        It opens after OPEN_AFTER_ERRORS transport errors in a row, after one authentication error,
        and for `retry_after` seconds after a rate limit.
        """
        table = CircuitBreaker.__table__
        row = tx.execute(select(table).where(table.c.key == key).with_for_update()).one()
        errors = row.errors + 1 if kind in TRANSPORT_ERROR_KINDS else row.errors
        values = {"errors": errors, "probe_until": None}
        if kind == "rate_limit" and retry_after:
            values |= {
                "kind": kind,
                "reason": reason,
                "open_since": row.open_since or now,
                "open_until": max(row.open_until or 0.0, now + min(retry_after, MAX_OPEN_S)),
            }
        elif kind == "auth" or (
            kind in TRANSPORT_ERROR_KINDS and (errors >= OPEN_AFTER_ERRORS or row.open_count)
        ):
            shut = min(MAX_OPEN_S, FIRST_OPEN_S * 2.0 ** min(row.open_count, 10))
            values |= {
                "kind": kind,
                "reason": reason,
                "open_count": row.open_count + 1,
                "open_since": row.open_since or now,
                "open_until": now + shut,
            }
        tx.execute(update(table).where(table.c.key == key).values(values))

    @staticmethod
    def allow_probe(tx: Connection, key: str, now: float) -> None:
        """Let one request through although the breaker is open."""
        table = CircuitBreaker.__table__
        statement = update(table).where(table.c.key == key, table.c.open_until > now)
        tx.execute(statement.values(open_until=now, probe_until=None))

    @staticmethod
    def wait_seconds(tx: Connection, key: str, limits: EndpointLimits, now: float) -> float:
        """Return the seconds to wait before the next request under the limits; 0 is none."""
        table, item = ProviderRequest.__table__, RunItem.__table__
        if limits.concurrent is not None:
            alive = exists().where(
                item.c.run_id == table.c.run_id,
                item.c.token == table.c.token,
                item.c.state == "active",
            )
            if (
                tx.execute(
                    select(func.count()).where(
                        table.c.breaker_key == key, table.c.state == "asked", alive
                    )
                ).scalar_one()
                >= limits.concurrent
            ):
                return 1.0
        if limits.per_minute is not None:
            sent = (
                tx.execute(
                    select(table.c.asked_at)
                    .where(
                        table.c.breaker_key == key,
                        table.c.asked_at > now - MINUTE_S,
                        table.c.asked_at <= now,
                        table.c.requests > 0,
                    )
                    .order_by(table.c.asked_at.desc())
                    .limit(limits.per_minute)
                )
                .scalars()
                .all()
            )
            if len(sent) >= limits.per_minute:
                return max(0.05, sent[-1] + MINUTE_S - now)
        return 0.0


def is_open(row: Row[Any] | None, now: float) -> bool:
    """Return whether a breaker (a row) blocks requests now."""
    return (
        row is not None
        and row.open_until is not None
        and now < row.open_until <= now + 2 * MAX_OPEN_S
    )


def is_recovering(row: Row[Any] | None) -> bool:
    """Return whether a breaker (a row) opened and no request has succeeded since."""
    return row is not None and row.open_count > 0


def _is_not_probed(now: float) -> ColumnElement[bool]:
    """Return the condition that no worker probes a breaker, or that its probe timed out."""
    until = CircuitBreaker.__table__.c.probe_until
    return until.is_(None) | (until <= now) | (until > now + PROBE_TIMEOUT_S)
