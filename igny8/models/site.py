"""Sites: the websites that content is produced for."""

from collections.abc import Container
from itertools import count
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from igny8.extensions import db
from igny8.models.base import (
    Executor,
    Model,
    changed_one,
    created_column,
    insert_if_absent,
    is_row_id,
)
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
    def create_with_free_slug(
        tx: Connection, name: str, base: str, reserved: Container[str], url: str, language: str
    ) -> tuple[int, str]:
        """Create a site with the first free slug of `base`, `base`-2, …; return its id and slug.

        Sites created at the same moment get different slugs.
        """
        for number in count(1):
            slug = base if number == 1 else f"{base}-{number}"
            if slug in reserved or Site._has_slug(tx, slug):
                continue
            values = {"name": name, "slug": slug, "url": url, "language": language}
            inserted = tx.execute(
                insert_if_absent(tx, Site.__table__).values(values).returning(Site.__table__.c.id)
            ).first()
            if inserted is not None:
                tx.execute(insert(SiteSettings).values(site_id=inserted.id))
                return inserted.id, slug
        raise AssertionError("unreachable")

    @staticmethod
    def _has_slug(tx: Connection, slug: str) -> bool:
        return tx.execute(select(Site.id).where(Site.slug == slug)).first() is not None

    @staticmethod
    def lock(tx: Connection, site_id: int) -> None:
        """Lock a site until the transaction ends, before changes that must not run in parallel."""
        table = Site.__table__
        tx.execute(select(table.c.id).where(table.c.id == site_id).with_for_update())

    @staticmethod
    def change(tx: Connection, site_id: int, name: str, url: str, language: str) -> bool:
        """Change name, URL and language; return False if the site is deleted."""
        own = update(Site).where(Site.id == site_id)
        return changed_one(tx, own.values(name=name, url=url, language=language))

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
