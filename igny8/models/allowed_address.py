"""Private addresses that outbound requests may reach, set by an administrator for all sites."""

from sqlalchemy import Connection, delete, select

from igny8.extensions import db
from igny8.models.base import Executor, Model, created_column, insert_if_absent
from igny8.outbound.allowlist import Allowlist


class AllowedAddress(Model):
    """One entry: a host, host:port or network, parsed by igny8/outbound/allowlist.py."""

    __tablename__ = "allowed_address"

    entry = db.Column(db.String(300), primary_key=True)
    created_at = created_column()

    @staticmethod
    def add(tx: Connection, entry: str) -> bool:
        """Allow an address; return False if it was allowed already."""
        return (
            tx.execute(insert_if_absent(tx, AllowedAddress.__table__), {"entry": entry}).rowcount
            == 1
        )

    @staticmethod
    def remove(tx: Connection, entry: str) -> bool:
        """Remove an address; return False if it was not in the list."""
        return (
            tx.execute(
                delete(AllowedAddress.__table__).where(AllowedAddress.entry == entry)
            ).rowcount
            == 1
        )

    @staticmethod
    def load(tx: Executor) -> Allowlist:
        """Return the current list."""
        return Allowlist.of(
            *tx.execute(select(AllowedAddress.entry).order_by(AllowedAddress.entry)).scalars()
        )
