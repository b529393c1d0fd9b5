"""Model prices and allowed private addresses of the whole installation."""

from collections.abc import Sequence

from sqlalchemy import Row, select

from igny8.models import AllowedAddress, Price
from igny8.models.base import Executor

price, address = Price.__table__, AllowedAddress.__table__


def all_prices(tx: Executor) -> Sequence[Row]:
    """Return the price table by model name."""
    return tx.execute(select(price).order_by(price.c.pattern)).all()


def allowed_addresses(tx: Executor) -> Sequence[Row]:
    """Return the allowed private addresses in order."""
    return tx.execute(select(address).order_by(address.c.entry)).all()
