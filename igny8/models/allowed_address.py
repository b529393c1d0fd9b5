"""The private addresses that an administrator allows to be asked, for all sites of the installation."""

from sqlalchemy import delete, select

from igny8.extensions import db
from igny8.models.base import Model, created_column, insert_if_absent
from igny8.outbound.allowlist import Allowlist


class AllowedAddress(Model):
    """`entry` is one line of the list, as outbound/allowed.py reads it: a host, a host:port, a network."""

    __tablename__ = "allowed_address"

    entry = db.Column(db.String(300), primary_key=True)
    created_at = created_column()

    @staticmethod
    def add(tx, entry: str) -> bool:
        """Allow an address; False when it was allowed already."""
        return (
            tx.execute(insert_if_absent(tx, AllowedAddress.__table__), {"entry": entry}).rowcount
            == 1
        )

    @staticmethod
    def remove(tx, entry: str) -> bool:
        """Allow an address no longer; False when it was not."""
        return (
            tx.execute(
                delete(AllowedAddress.__table__).where(AllowedAddress.entry == entry)
            ).rowcount
            == 1
        )

    @staticmethod
    def load(tx) -> Allowlist:
        """Return the list as it is now."""
        return Allowlist.of(
            *tx.execute(select(AllowedAddress.entry).order_by(AllowedAddress.entry)).scalars()
        )
