"""A time slice of a reading: its row, its end, and whether it made progress."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Row, select

from igny8 import clock
from igny8.engine.claim_lease import LostClaim
from igny8.extensions import read_transaction
from igny8.models import SiteReading


class Stopped(Exception):
    """The worker is stopping; another one will continue."""


@dataclass
class Slice:
    """One claim of a reading; `ends_at` is a time of the monotonic clock."""

    row: Row
    should_stop: Callable[[], bool]
    ends_at: float
    has_progress: bool = False

    @property
    def is_over(self) -> bool:
        """Return whether it is the turn of other readings."""
        return clock.monotonic() >= self.ends_at

    def check_stop(self) -> None:
        """Raise Stopped if the worker has to stop."""
        if self.should_stop():
            raise Stopped

    def reload(self) -> Row:
        """Return the current row; raise LostClaim if another worker holds it."""
        table = SiteReading.__table__
        own = (table.c.id == self.row.id) & (table.c.claim_token == self.row.claim_token)
        with read_transaction() as tx:
            found = tx.execute(select(table).where(own)).first()
        if found is None:
            raise LostClaim
        self.row = found
        return found
