"""Sites: the websites that content is produced for."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, created_column, is_row_id
from igny8.models.site_settings import SiteSettings


class Site(Model):
    """A website; all other data belongs to exactly one."""

    __tablename__ = "site"

    id = db.Column(db.Integer, primary_key=True)
    slug = db.Column(db.String(80), nullable=False, unique=True)
    name = db.Column(db.String(120), nullable=False)
    url = db.Column(db.String(300), nullable=False, default="")
    language = db.Column(db.String(8), nullable=False, default="en")
    country = db.Column(db.String(8), nullable=False, default="")
    created_at = created_column()

    __table_args__ = {"sqlite_autoincrement": True}

    @staticmethod
    def create(tx: Connection, name: str, slug: str, url: str = "", language: str = "en") -> int:
        """Create a site with default settings and return its id; the slug must be free."""
        site_id = tx.execute(
            insert(Site).values(name=name, slug=slug, url=url, language=language).returning(Site.id)
        ).scalar_one()
        tx.execute(insert(SiteSettings).values(site_id=site_id))
        return site_id

    @staticmethod
    def change(tx: Connection, site_id: int, name: str, url: str, language: str) -> bool:
        """Change name, URL and language; return False if the site is deleted."""
        return (
            tx.execute(
                update(Site).where(Site.id == site_id).values(name=name, url=url, language=language)
            ).rowcount
            == 1
        )

    @staticmethod
    def find(reference: str | int, tx: Executor | None = None) -> Row[Any] | None:
        """Return the row of a site by slug or id, or None."""
        table = Site.__table__
        query = select(table).where(table.c.slug == str(reference))
        row = (tx or db.session).execute(query).first()
        if row is None and is_row_id(str(reference)):
            row = (
                (tx or db.session)
                .execute(select(table).where(table.c.id == int(reference)))
                .first()
            )
        return row
