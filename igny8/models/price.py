"""Model prices of the site or of vendors; conversion from tokens to money and credits."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, insert_if_absent
from igny8.models.vendor_prices import find_vendor_rate, model_names
from igny8.outbound.addresses import is_private_host

MICROS_PER_CREDIT = 100  # of the currency: one credit stands for a hundredth of a cent
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices in millionths of the currency per million input or output tokens and per image.

    `source` is "site" for a price in the settings, "local" for a server in the local network, which
    is free unless the site sets a price, the vendor's name for a list price, and "" for an unknown
    model, whose price is an estimate.
    """

    pattern: str
    tokens_in: int
    tokens_out: int
    image: int
    source: str = "site"


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost in whole credits, and in millionths of the currency."""

    credits: int = 0
    money: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.credits + other.credits, self.money + other.money)


UNKNOWN_MODEL_RATE = Rate("*", 2_500_000, 10_000_000, 40_000, "")  # high on purpose
LOCAL_RATE = Rate("*", 0, 0, 0, "local")


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
        values = {"tokens_in": tokens_in, "tokens_out": tokens_out, "image": image}
        table = Price.__table__
        tx.execute(insert_if_absent(tx, table).values(pattern=pattern, **values))
        tx.execute(update(table).where(table.c.pattern == pattern).values(values))

    @staticmethod
    def remove(tx: Connection, pattern: str) -> bool:
        """Delete the price of a pattern; return False if there was none."""
        return changed_one(tx, delete(Price.__table__).where(Price.pattern == pattern))


class Usage(Protocol):
    """Billable units of one request."""

    @property
    def tokens_in(self) -> int:
        """Return the tokens of the prompt."""

    @property
    def tokens_out(self) -> int:
        """Return the tokens of the answer."""

    @property
    def images(self) -> int:
        """Return the number of images."""


class PriceTable:
    """All prices of the installation, for calculations."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates = sorted(rates, key=lambda rate: (-len(rate.pattern), rate.pattern))

    @classmethod
    def load(cls, tx: Executor) -> "PriceTable":
        """Return the current prices."""
        return cls(Rate(*row) for row in tx.execute(select(Price.__table__)))

    def rate(self, model: str, base_url: str = "") -> Rate:
        """Return the rate of a model: the site's, that of local servers, or the vendor's.

        A pattern matches the model's name with or without a vendor prefix before a slash and a date
        suffix.
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
        """Return the cost of a usage of a model at a server.

        Images are priced by their tokens if these are counted, otherwise per image. Money is
        rounded up to a millionth, credits to a whole one, per request.
        """
        rate = self.rate(model, base_url)
        tokens = usage.tokens_in * rate.tokens_in + usage.tokens_out * rate.tokens_out
        has_token_price = bool(usage.images and usage.tokens_out and rate.tokens_out)
        money = -(-tokens // MILLION) + (0 if has_token_price else usage.images * rate.image)
        return Cost(-(-money // MICROS_PER_CREDIT), money)


def is_local_server(base_url: str) -> bool:
    """Return whether an address is, judged by its text, on this machine or network."""
    host = urlsplit(base_url).hostname if base_url.startswith(("http://", "https://")) else None
    return bool(host) and is_private_host(str(host))
