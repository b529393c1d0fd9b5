"""Prompts that a site customised: all versions are stored, the newest is used."""

from sqlalchemy import Connection, func, insert, select

from igny8.extensions import db
from igny8.models.base import Executor, Model, created_column, site_column
from igny8.models.site import Site


class Prompt(Model):
    """One version of a prompt of a site; `text` None resets it to the default."""

    __tablename__ = "prompt"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    name = db.Column(db.String(40), nullable=False)
    version = db.Column(db.Integer, nullable=False)
    text = db.Column(db.Text)
    created_at = created_column()

    __table_args__ = (db.UniqueConstraint("site_id", "name", "version"),)

    @staticmethod
    def add_version(tx: Connection, site_id: int, name: str, text: str | None) -> int:
        """Add a version of a site's prompt (None: the default again); return its number."""
        Site.lock(tx, site_id)  # versions are numbered without gaps
        number = tx.execute(
            select(func.coalesce(func.max(Prompt.version), 0) + 1).where(
                Prompt.site_id == site_id, Prompt.name == name
            )
        ).scalar_one()
        tx.execute(insert(Prompt).values(site_id=site_id, name=name, version=number, text=text))
        return number

    @staticmethod
    def fetch_changed(tx: Executor, site_id: int) -> dict[str, dict]:
        """Return the customised prompts of a site: name → {"version", "text"}."""
        table = Prompt.__table__
        rows = tx.execute(
            select(table.c.name, table.c.version, table.c.text)
            .where(table.c.site_id == site_id)
            .order_by(table.c.version)
        ).all()
        newest = {row.name: row for row in rows}
        return {
            name: {"version": f"site-{row.version}", "text": row.text}
            for name, row in newest.items()
            if row.text is not None
        }
