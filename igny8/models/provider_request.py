"""Paid requests and their answers, stored before they are processed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, site_column, usage_column

STATES = ("asked", "answered", "rejected", "failed", "lost")
CHARGE_STATES = ("open", "settled", "released")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Purpose of a request: a subject of a stage of a run; subject 0 is the whole stage."""

    run_id: int
    stage: int
    subject_id: int


class ProviderRequest(Model):
    """One request. `state`: asked → answered, failed or lost; answered → rejected (unusable).

    lost means that the process died before the answer was stored. `credits` is the reserved maximum
    while asked, and the actual cost afterwards; `charge` is open (reserved), settled or released.
    `day` is the site's local day on which they count. `sequence` numbers the requests of one name.
    `money` (millionths) is the expected cost while asked, the actual cost of an answer, and the
    amount that may have been billed for a failed or lost request; `most_money` is the highest
    possible cost while asked. `billed_day` is the local day on which the money counts, None for a
    copy of an answer that another run paid for.
    """

    __tablename__ = "provider_answer"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    stage = db.Column(db.SmallInteger, nullable=False)
    subject_id = db.Column(db.Integer, nullable=False)
    item_id = db.Column(db.Integer)
    name = db.Column(db.String(80), nullable=False)
    sequence = db.Column("turn", db.SmallInteger, key="sequence", nullable=False)
    state = db.Column(db.String(8), nullable=False, default="asked")
    reason = db.Column(db.Text)
    token = db.Column(db.String(32), nullable=False)
    breaker_key = db.Column("gate", db.String(64), key="breaker_key", nullable=False)
    model = db.Column(db.String(120), nullable=False)
    body = db.Column(db.LargeBinary)
    tokens_in = db.Column(db.Integer, nullable=False, default=0)
    tokens_out = db.Column(db.Integer, nullable=False, default=0)
    images = db.Column(db.Integer, nullable=False, default=0)
    requests = db.Column(db.Integer, nullable=False, default=0)
    credits = db.Column(db.Integer, nullable=False, default=0)
    money = db.Column(db.BigInteger, nullable=False, default=0)
    charge = db.Column(db.String(8), nullable=False, default="open")
    day = db.Column(db.String(10), nullable=False)
    asked_at = db.Column(db.Float, nullable=False)
    answered_at = db.Column(db.Float)
    billed_day = db.Column(db.String(10))
    most_money = usage_column(db.BigInteger)

    __table_args__ = (
        db.UniqueConstraint("run_id", "stage", "subject_id", "name", "sequence"),
        db.Index("ix_provider_answer_gate", "breaker_key", "asked_at"),
        db.Index("ix_provider_answer_day", "site_id", "day"),
        db.Index("ix_provider_answer_billed", "site_id", "billed_day"),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{s}'" for s in STATES)), name="state"
        ),
        db.CheckConstraint(
            "charge IN ({})".format(", ".join(f"'{c}'" for c in CHARGE_STATES)), name="charge"
        ),
        db.CheckConstraint("credits >= 0 AND money >= 0", name="cost"),
    )

    @staticmethod
    def find_answer(
        tx: Connection, places: list[RequestKey], name: str, model: str | None = None
    ) -> Row[Any] | None:
        """Return the latest usable answer of this name, or None; earlier `places` win."""
        table = ProviderRequest.__table__
        for place in places:
            query = select(table).where(
                *_matches(place),
                table.c.name == name,
                table.c.state == "answered",
                table.c.body.is_not(None),
            )
            if model is not None:
                query = query.where(table.c.model == model)
            row = tx.execute(query.order_by(table.c.sequence.desc()).limit(1)).first()
            if row is not None:
                return row
        return None

    @staticmethod
    def find_latest(tx: Connection, place: RequestKey, name: str, model: str) -> Any:
        """Return (id, state, reason) of the last request to a model under this name, or None."""
        table = ProviderRequest.__table__
        matches = (*_matches(place), table.c.name == name, table.c.model == model)
        query = select(table.c.id, table.c.state, table.c.reason).where(*matches)
        return tx.execute(query.order_by(table.c.sequence.desc()).limit(1)).first()

    @staticmethod
    def recent_costs(
        tx: Connection, site_id: int, stage: int, model: str, kind: str, limit: int
    ) -> Sequence[int]:
        """Return the cost of a model's last answers to requests of one kind on a site."""
        table = ProviderRequest.__table__
        return (
            tx.execute(
                select(table.c.money)
                .where(
                    table.c.site_id == site_id,
                    table.c.stage == stage,
                    table.c.model == model,
                    table.c.name.startswith(kind, autoescape=True),
                    table.c.state.in_(("answered", "rejected")),
                    table.c.billed_day.is_not(None),
                )
                .order_by(table.c.id.desc())
                .limit(limit)
            )
            .scalars()
            .all()
        )

    @staticmethod
    def reject_unused(tx: Connection, run_id: int, stage: int, why: str) -> Sequence[Row[Any]]:
        """Reject the answers of a stage that were not charged to an item; return their rows."""
        table = ProviderRequest.__table__
        rows = tx.execute(
            select(*table.c[*BILLING_COLUMNS])
            .where(
                table.c.run_id == run_id,
                table.c.stage == stage,
                table.c.state == "answered",
                table.c.charge != "settled",
            )
            .order_by(table.c.id)
        ).all()
        for row in rows:
            ProviderRequest.reject(tx, row.id, why)
        return rows

    @staticmethod
    def begin(tx: Connection, place: RequestKey, name: str, **facts: Any) -> int:
        """Store a request before it is sent; return its id."""
        table = ProviderRequest.__table__
        sequence = tx.execute(
            select(func.coalesce(func.max(table.c.sequence), 0) + 1).where(
                *_matches(place), table.c.name == name
            )
        ).scalar_one()
        return tx.execute(
            insert(table)
            .values(
                run_id=place.run_id,
                stage=place.stage,
                subject_id=place.subject_id,
                name=name,
                sequence=sequence,
                asked_at=clock.now().timestamp(),
                **facts,
            )
            .returning(table.c.id)
        ).scalar_one()

    @staticmethod
    def finish(tx: Connection, answer_id: int, state: str, **facts: Any) -> bool:
        """Change a request from asked to its final state; return False if it is not asked."""
        facts |= {"state": state, "answered_at": clock.now().timestamp()}
        return _move(tx, answer_id, "asked", facts)

    @staticmethod
    def find(tx: Executor, answer_id: int) -> Row[Any] | None:
        """Return the row of a request, or None."""
        table = ProviderRequest.__table__
        return tx.execute(select(table).where(table.c.id == answer_id)).first()

    @staticmethod
    def reject(tx: Connection, answer_id: int, why: str) -> bool:
        """Mark an answer as unusable; return False if it is not answered."""
        return _move(tx, answer_id, "answered", {"state": "rejected", "reason": why[:500]})

    @staticmethod
    def reuse(
        tx: Connection, row: Row[Any], place: RequestKey, item_id: int | None, token: str, day: str
    ) -> int:
        """Charge a released answer (a row) to this key; return the id of its row there.

        An answer of another run is copied with its cost; the request counts in that run only.
        """
        table = ProviderRequest.__table__
        if row.run_id == place.run_id:
            tx.execute(
                update(table)
                .where(table.c.id == row.id)
                .values(charge="open", day=day, token=token)
            )
            return row.id
        answer_id = ProviderRequest.begin(
            tx,
            place,
            row.name,
            site_id=row.site_id,
            item_id=item_id,
            token=token,
            breaker_key=row.breaker_key,
            model=row.model,
            credits=row.credits,
            day=day,
        )
        ProviderRequest.finish(
            tx,
            answer_id,
            "answered",
            body=row.body,
            reason="kept by the run that this one retries",
            tokens_in=row.tokens_in,
            tokens_out=row.tokens_out,
            images=row.images,
            money=row.money,
        )
        return answer_id

    @staticmethod
    def fetch_in_flight(tx: Connection, place: RequestKey, name: str) -> Sequence[Row[Any]]:
        """Return the rows of unanswered requests under this name."""
        table = ProviderRequest.__table__
        return tx.execute(
            select(table).where(*_matches(place), table.c.name == name, table.c.state == "asked")
        ).all()

    @staticmethod
    def fetch_reserved(
        tx: Connection, run_id: int, stage: int | None = None, subjects: Sequence[int] = ()
    ) -> Sequence[Row[Any]]:
        """Return the rows with reserved credits of a run, or of subjects of one stage."""
        table = ProviderRequest.__table__
        query = select(*table.c[*BILLING_COLUMNS]).where(
            table.c.run_id == run_id, table.c.charge == "open"
        )
        if stage is not None:
            query = query.where(table.c.stage == stage, table.c.subject_id.in_(subjects))
        return tx.execute(query.order_by(table.c.id)).all()


BILLING_COLUMNS = (
    "id",
    "site_id",
    "run_id",
    "stage",
    "subject_id",
    "state",
    "tokens_in",
    "tokens_out",
    "credits",
    "money",
    "charge",
    "day",
    "most_money",
    "billed_day",
)
UPDATE_CHARGE = (
    update(ProviderRequest.__table__)
    .where(ProviderRequest.id == bindparam("one"))
    .values(charge=bindparam("into"), credits=bindparam("price"))
)


def _matches(place: RequestKey) -> tuple:
    table = ProviderRequest.__table__
    return (
        table.c.run_id == place.run_id,
        table.c.stage == place.stage,
        table.c.subject_id == place.subject_id,
    )


def _move(tx: Connection, answer_id: int, source: str, values: dict[str, Any]) -> bool:
    """Change a request that is in the state `source`; return False if it is in another."""
    table = ProviderRequest.__table__
    own = update(table).where(table.c.id == answer_id, table.c.state == source)
    return changed_one(tx, own.values(values))
