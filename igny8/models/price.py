"""Model prices: from tokens and images to money and credits."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from sqlalchemy import Connection, delete, select

from igny8.extensions import db
from igny8.models.base import Executor, Model

MICROS_PER_CREDIT = (
    100  # millionths of the currency that one credit stands for: a hundredth of a cent
)
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices in millionths of the currency per million input or output tokens and per image."""

    pattern: str
    tokens_in: int
    tokens_out: int
    image: int


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost in whole credits, and in millionths of the currency."""

    credits: int = 0
    money: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.credits + other.credits, self.money + other.money)


UNKNOWN_MODEL_RATE = Rate("*", 2_500_000, 10_000_000, 40_000)  # for unknown models: high on purpose


class Price(Model):
    """Price of models whose name matches `pattern` (* is a wildcard); the longest match wins."""

    __tablename__ = "price"

    pattern = db.Column(db.String(120), primary_key=True)
    tokens_in = db.Column(db.BigInteger, nullable=False)
    tokens_out = db.Column(db.BigInteger, nullable=False)
    image = db.Column(db.BigInteger, nullable=False)

    __table_args__ = (
        db.CheckConstraint("tokens_in >= 0 AND tokens_out >= 0 AND image >= 0", name="positive"),
    )

    @staticmethod
    def set(tx: Connection, pattern: str, tokens_in: int, tokens_out: int, image: int) -> None:
        """Set the price of a pattern, in millionths of the currency."""
        Price.remove(tx, pattern)
        tx.execute(
            Price.__table__.insert().values(
                pattern=pattern, tokens_in=tokens_in, tokens_out=tokens_out, image=image
            )
        )

    @staticmethod
    def remove(tx: Connection, pattern: str) -> bool:
        """Delete the price of a pattern; return False if there was none."""
        return tx.execute(delete(Price.__table__).where(Price.pattern == pattern)).rowcount == 1


class Usage(Protocol):
    """Units of one request that are paid for."""

    tokens_in: int
    tokens_out: int
    images: int


class PriceTable:
    """All prices of the installation, for calculations."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates = sorted(rates, key=lambda rate: (-len(rate.pattern), rate.pattern))

    @classmethod
    def load(cls, tx: Executor) -> "PriceTable":
        """Return the current prices."""
        return cls(Rate(*row) for row in tx.execute(select(Price.__table__)))

    def cost(self, model: str, usage: Usage) -> Cost:
        """Return the cost of a usage of a model.

        Money is rounded up to a millionth and credits to a whole one, per request.
        """
        rate = next((r for r in self._rates if fnmatchcase(model, r.pattern)), UNKNOWN_MODEL_RATE)
        tokens = usage.tokens_in * rate.tokens_in + usage.tokens_out * rate.tokens_out
        money = -(-tokens // MILLION) + usage.images * rate.image
        return Cost(-(-money // MICROS_PER_CREDIT), money)
