"""What models cost: one table, editable, from tokens and images to money and credits."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from sqlalchemy import delete, select

from igny8.extensions import db
from igny8.models.base import Model

MICROS_PER_CREDIT = (
    100  # millionths of the currency that one credit stands for: a hundredth of a cent
)
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices in millionths of the currency: a million tokens in, a million tokens out, one image."""

    pattern: str
    tokens_in: int
    tokens_out: int
    image: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs: whole credits, and millionths of the currency."""

    credits: int = 0
    money: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.credits + other.credits, self.money + other.money)


UNKNOWN_MODEL_RATE = Rate(
    "*", 2_500_000, 10_000_000, 40_000
)  # careful: rather too dear than too cheap


class Price(Model):
    """The price of the models whose name fits `pattern` (* stands for anything); the longest one wins."""

    __tablename__ = "price"

    pattern = db.Column(db.String(120), primary_key=True)
    tokens_in = db.Column(db.BigInteger, nullable=False)
    tokens_out = db.Column(db.BigInteger, nullable=False)
    image = db.Column(db.BigInteger, nullable=False)

    __table_args__ = (
        db.CheckConstraint("tokens_in >= 0 AND tokens_out >= 0 AND image >= 0", name="positive"),
    )

    @staticmethod
    def set(tx, pattern: str, tokens_in: int, tokens_out: int, image: int) -> None:
        """Set the price of a pattern, in millionths of the currency."""
        Price.remove(tx, pattern)
        tx.execute(
            Price.__table__.insert().values(
                pattern=pattern, tokens_in=tokens_in, tokens_out=tokens_out, image=image
            )
        )

    @staticmethod
    def remove(tx, pattern: str) -> bool:
        """Forget the price of a pattern; False when there was none."""
        return tx.execute(delete(Price.__table__).where(Price.pattern == pattern)).rowcount == 1


class PriceTable:
    """The prices of an installation, to reckon with."""

    def __init__(self, rates):
        self._rates = sorted(rates, key=lambda rate: (-len(rate.pattern), rate.pattern))

    @classmethod
    def load(cls, tx) -> "PriceTable":
        """Return the table as it is now."""
        return cls(Rate(*row) for row in tx.execute(select(Price.__table__)))

    def cost(self, model: str, usage) -> Cost:
        """Return what a usage (tokens_in, tokens_out, images) of a model costs.

        Money is rounded up to a millionth, credits up to a whole one, both for each request.
        """
        rate = next((r for r in self._rates if fnmatchcase(model, r.pattern)), UNKNOWN_MODEL_RATE)
        tokens = usage.tokens_in * rate.tokens_in + usage.tokens_out * rate.tokens_out
        money = -(-tokens // MILLION) + usage.images * rate.image
        return Cost(-(-money // MICROS_PER_CREDIT), money)
