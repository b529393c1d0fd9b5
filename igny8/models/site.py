"""A website whose content is produced; everything else belongs to exactly one."""

from sqlalchemy import insert, select, update

from igny8.extensions import db
from igny8.models.base import Model, created_column, is_row_id
from igny8.models.site_settings import SiteSettings


class Site(Model):
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
    def create(tx, name: str, slug: str, url: str = "", language: str = "en") -> int:
        """Insert a site with default settings and return its id; the slug must be free."""
        site_id = tx.execute(
            insert(Site).values(name=name, slug=slug, url=url, language=language).returning(Site.id)
        ).scalar_one()
        tx.execute(insert(SiteSettings).values(site_id=site_id))
        return site_id

    @staticmethod
    def change(tx, site_id: int, name: str, url: str, language: str) -> bool:
        """Store what the site is called, where it stands and its language; False when it is gone."""
        return (
            tx.execute(
                update(Site).where(Site.id == site_id).values(name=name, url=url, language=language)
            ).rowcount
            == 1
        )

    @staticmethod
    def find(reference, tx=None):
        """Return the row (id, slug, name, url, language) of a site by slug or id, or None."""
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
