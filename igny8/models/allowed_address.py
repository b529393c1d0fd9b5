"""Private addresses that outbound requests may reach, set by an administrator for all sites."""

from sqlalchemy import Connection, delete, select

from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, created_column, insert_if_absent
from igny8.outbound.allowlist import Allowlist


class AllowedAddress(Model):
    """One entry: a host, host:port or network, parsed by igny8/outbound/allowlist.py."""

    __tablename__ = "allowed_address"

    entry = db.Column(db.String(300), primary_key=True)
    created_at = created_column()

    @staticmethod
    def add(tx: Connection, entry: str) -> bool:
        """Add an address in its canonical form; return False if it is in the list already."""
        return changed_one(tx, insert_if_absent(tx, AllowedAddress.__table__).values(entry=entry))

    @staticmethod
    def remove(tx: Connection, entry: str) -> bool:
        """Remove an address; return False if it was not in the list."""
        statement = delete(AllowedAddress.__table__).where(AllowedAddress.entry == entry)
        return changed_one(tx, statement)

    @staticmethod
    def load(tx: Executor) -> Allowlist:
        """Return the current allowlist."""
        return Allowlist.of(
            *tx.execute(select(AllowedAddress.entry).order_by(AllowedAddress.entry)).scalars()
        )
