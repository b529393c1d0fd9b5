"""P10: the gate before an endpoint and its key, shut for all workers while asking it is in vain."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select, update

from igny8.extensions import db
from igny8.models.base import Model, insert_if_absent
from igny8.models.provider_request import ProviderRequest
from igny8.models.run_item import RunItem

OPEN_AFTER_ERRORS = 5
FIRST_OPEN_S, MAX_OPEN_S = (
    30.0,
    890.0,
)  # below the 900 s after which a claim believes that a clock jumped
PROBE_TIMEOUT_S = 60.0  # seconds for which one probe keeps others from asking
MINUTE_S = 60.0
TRANSPORT_ERROR_KINDS = ("timeout", "connection", "server")


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """What an endpoint bears: requests at once, and requests a minute; None is no limit."""

    concurrent: int | None = None
    per_minute: int | None = None


class CircuitBreaker(Model):
    """`open_count` counts how often it was shut since a request went well; `kind` and `reason` say why.

    Times are seconds since 1970, as all machines have to agree on them.
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
    def lock(tx, key: str, label: str):
        """Lock a gate until the transaction ends and return its row; a new one is open."""
        table = CircuitBreaker.__table__
        query = select(table).where(table.c.key == key).with_for_update()
        row = tx.execute(query).first()
        if row is None:
            tx.execute(insert_if_absent(tx, table), {"key": key, "label": label})
            row = tx.execute(query).one()
        return row

    @staticmethod
    def find(tx, key: str):
        """Return the row of a gate, or None when nothing was ever asked there."""
        table = CircuitBreaker.__table__
        return tx.execute(select(table).where(table.c.key == key)).first()

    @staticmethod
    def take_probe(tx, key: str, now: float) -> bool:
        """Be the one who tries whether it is well again; False when another one is about to."""
        table = CircuitBreaker.__table__
        return (
            tx.execute(
                update(table)
                .where(
                    table.c.key == key,
                    table.c.probe_until.is_(None)
                    | (table.c.probe_until <= now)
                    | (table.c.probe_until > now + PROBE_TIMEOUT_S),
                )
                .values(probe_until=now + PROBE_TIMEOUT_S)
            ).rowcount
            == 1
        )

    @staticmethod
    def record_success(tx, key: str) -> None:
        """Note that a request was answered: the gate is open."""
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
        tx, key: str, kind: str, reason: str, retry_after: float | None, now: float
    ) -> None:
        """Note an error: five of the transport in a row, one of the key or a limit shut the gate."""
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
        elif (
            kind == "auth"
            or (kind in TRANSPORT_ERROR_KINDS
            and (errors >= OPEN_AFTER_ERRORS or row.open_count))
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
    def allow_probe(tx, key: str, now: float) -> None:
        """Let one request through at once, though the gate is shut."""
        table = CircuitBreaker.__table__
        tx.execute(
            update(table)
            .where(table.c.key == key, table.c.open_until > now)
            .values(open_until=now, probe_until=None)
        )

    @staticmethod
    def wait_seconds(tx, key: str, limits: EndpointLimits, now: float) -> float:
        """Return how many seconds the limits ask to wait before the next request; 0 is not at all."""
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


def is_open(row, now: float) -> bool:
    """Return whether a gate's row says that nothing may be asked now."""
    return (
        row is not None
        and row.open_until is not None
        and now < row.open_until <= now + 2 * MAX_OPEN_S
    )


def is_recovering(row) -> bool:
    """Return whether a gate's row says that it was shut and nothing went well since."""
    return row is not None and row.open_count > 0
