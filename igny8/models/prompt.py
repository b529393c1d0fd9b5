"""The prompts that a site changed: every version is kept, the newest one holds."""

from sqlalchemy import func, insert, select

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column


class Prompt(Model):
    """One version of a prompt of a site; without `text` it is the product's own again."""

    __tablename__ = "prompt"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    name = db.Column(db.String(40), nullable=False)
    version = db.Column(db.Integer, nullable=False)
    text = db.Column(db.Text)
    created_at = created_column()

    __table_args__ = (db.UniqueConstraint("site_id", "name", "version"),)

    @staticmethod
    def add_version(tx, site_id: int, name: str, text: str | None) -> int:
        """Add the next version of a site's prompt, None to go back to the product's own; return its number."""
        number = tx.execute(
            select(func.coalesce(func.max(Prompt.version), 0) + 1).where(
                Prompt.site_id == site_id, Prompt.name == name
            )
        ).scalar_one()
        tx.execute(insert(Prompt).values(site_id=site_id, name=name, version=number, text=text))
        return number

    @staticmethod
    def fetch_changed(tx, site_id: int) -> dict[str, dict]:
        """Return the prompts that a site changed and did not reset: name → {"version", "text"}."""
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
