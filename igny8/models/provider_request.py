"""One paid request and what came back, written before anybody looks into it. Written once."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select, update

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import Model, site_column

STATES = ("asked", "answered", "rejected", "failed", "lost")
CHARGE_STATES = ("open", "settled", "released")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Where an answer belongs: a subject of a stage of a run; subject 0 is the stage as a whole."""

    run_id: int
    stage: int
    subject_id: int


class ProviderRequest(Model):
    """`state`: asked → answered | failed | lost (its process died before the answer was kept), and
    answered → rejected (it was unusable, and is not used again).

    `credits` is what the request may cost while it is asked, and what it cost from then on; `charge`
    says whether they are reserved, settled or released. `day` is the site's day on which they count.
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

    __table_args__ = (
        db.UniqueConstraint("run_id", "stage", "subject_id", "name", "sequence"),
        db.Index("ix_provider_answer_gate", "breaker_key", "asked_at"),
        db.Index("ix_provider_answer_day", "site_id", "day"),
        db.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{s}'" for s in STATES)), name="state"
        ),
        db.CheckConstraint(
            "charge IN ({})".format(", ".join(f"'{c}'" for c in CHARGE_STATES)), name="charge"
        ),
        db.CheckConstraint("credits >= 0 AND money >= 0", name="cost"),
    )

    @staticmethod
    def find_answer(tx, places: list[RequestKey], name: str, model: str | None = None):
        """Return the row of the answer (of that model) kept under this name, in the first place that has one."""
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
    def find_latest(tx, place: RequestKey, name: str, model: str):
        """Return (id, state, reason) of the last request of a model under this name, None when there was none."""
        table = ProviderRequest.__table__
        return tx.execute(
            select(table.c.id, table.c.state, table.c.reason)
            .where(*_matches(place), table.c.name == name, table.c.model == model)
            .order_by(table.c.sequence.desc())
            .limit(1)
        ).first()

    @staticmethod
    def reject_unused(tx, run_id: int, stage: int, why: str) -> list:
        """Mark the answers of a stage that no item was charged for as not to be used again; return their rows."""
        table = ProviderRequest.__table__
        rows = tx.execute(
            select(table.c[*BILLING_COLUMNS])
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
    def begin(tx, place: RequestKey, name: str, **facts) -> int:
        """Write down that a request is about to be sent; return the id of its row."""
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
    def finish(tx, answer_id: int, state: str, **facts) -> bool:
        """Move a request that is asked to the state it ended in; False when it is not asked any more."""
        table = ProviderRequest.__table__
        return (
            tx.execute(
                update(table)
                .where(table.c.id == answer_id, table.c.state == "asked")
                .values(state=state, answered_at=clock.now().timestamp(), **facts)
            ).rowcount
            == 1
        )

    @staticmethod
    def find(tx, answer_id: int):
        """Return the row of a request, or None."""
        table = ProviderRequest.__table__
        return tx.execute(select(table).where(table.c.id == answer_id)).first()

    @staticmethod
    def reject(tx, answer_id: int, why: str) -> bool:
        """Mark a kept answer as unusable: it stays, and is not used again."""
        table = ProviderRequest.__table__
        return (
            tx.execute(
                update(table)
                .where(table.c.id == answer_id, table.c.state == "answered")
                .values(state="rejected", reason=why[:500])
            ).rowcount
            == 1
        )

    @staticmethod
    def reuse(tx, row, place: RequestKey, item_id: int | None, token: str, day: str) -> int:
        """Let a kept answer (a row) that was released be paid for here; return the id of its row here.

        From another run it is copied, with what it cost: the request itself was counted there.
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
    def fetch_in_flight(tx, place: RequestKey, name: str) -> list:
        """Return the rows of requests under this name whose answer was never kept."""
        table = ProviderRequest.__table__
        return tx.execute(
            select(table).where(*_matches(place), table.c.name == name, table.c.state == "asked")
        ).all()

    @staticmethod
    def fetch_reserved(tx, run_id: int, stage: int | None = None, subjects=None) -> list:
        """Return the rows whose credits are reserved: of a run, or of some subjects of its stage."""
        table = ProviderRequest.__table__
        query = select(table.c[*BILLING_COLUMNS]).where(
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
