"""What models cost: prices of the site, else list prices of vendors; from tokens to money and credits."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from igny8.extensions import db
from igny8.models.base import Model
from igny8.models.vendor_prices import find_vendor_rate, model_names
from igny8.outbound.addresses import is_private_host

MICROS_PER_CREDIT = 100  # of the currency: one credit stands for a hundredth of a cent
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices in millionths of the currency: a million tokens in, a million tokens out, one image.

    `source` is "site" for a price of the settings, "local" for a server of one's own network, which
    costs nothing unless the site says so, the vendor's name for a list price, and "" for an unknown
    model, which is counted with a careful guess.
    """

    pattern: str
    tokens_in: int
    tokens_out: int
    image: int
    source: str = "site"


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs: whole credits, and millionths of the currency."""

    credits: int = 0
    money: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.credits + other.credits, self.money + other.money)


# Careful guesses: rather too dear than too cheap.
UNKNOWN_MODEL_RATE = Rate("*", 2_500_000, 10_000_000, 40_000, "")
LOCAL_RATE = Rate("*", 0, 0, 0, "local")


class Usage(Protocol):
    """What a request used, as igny8.providers.base.Usage has it."""

    @property
    def tokens_in(self) -> int: ...

    @property
    def tokens_out(self) -> int: ...

    @property
    def images(self) -> int: ...


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

    def __init__(self, rates: Iterable[Rate]):
        self._rates = sorted(rates, key=lambda rate: (-len(rate.pattern), rate.pattern))

    @classmethod
    def load(cls, tx) -> "PriceTable":
        """Return the table as it is now."""
        return cls(Rate(*row) for row in tx.execute(select(Price.__table__)))

    def rate(self, model: str, base_url: str = "") -> Rate:
        """Return the rate of a model at a server: of the site, of the server's place, of its vendor.

        A pattern fits the model's name, with or without its vendor before a slash and its date at the end.
        """
        names = model_names(model)
        names = [model, *names, *(name.rpartition("/")[2] for name in names)]
        for rate in self._rates:
            if any(fnmatchcase(name, rate.pattern) for name in names):
                return rate
        if is_local_server(base_url):
            return LOCAL_RATE
        vendor = find_vendor_rate(model, base_url)
        if vendor is None:
            return UNKNOWN_MODEL_RATE
        image = UNKNOWN_MODEL_RATE.image if vendor.tokens_out else 0
        return Rate(model, vendor.tokens_in, vendor.tokens_out, image, vendor.vendor)

    def cost(self, model: str, usage: Usage, base_url: str = "") -> Cost:
        """Return what a usage (tokens_in, tokens_out, images) of a model at a server costs.

        Images whose tokens are counted cost their tokens alone, others their own price. Money is
        rounded up to a millionth, credits up to a whole one, both for each request.
        """
        rate = self.rate(model, base_url)
        tokens = usage.tokens_in * rate.tokens_in + usage.tokens_out * rate.tokens_out
        has_token_price = bool(usage.images and usage.tokens_out and rate.tokens_out)
        money = -(-tokens // MILLION) + (0 if has_token_price else usage.images * rate.image)
        return Cost(-(-money // MICROS_PER_CREDIT), money)


def is_local_server(base_url: str) -> bool:
    """Return whether an address is, by its spelling, one of this machine or network."""
    host = urlsplit(base_url).hostname if base_url.startswith(("http://", "https://")) else None
    return bool(host) and is_private_host(str(host))
