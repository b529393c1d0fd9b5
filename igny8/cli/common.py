"""What every command needs: the app, its tables, a site by its name."""

from slugify import slugify
from sqlalchemy import select

from igny8 import create_app
from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Site
from igny8.upkeep import schema


def ready_app():
    """Return an app whose tables are those of this version; Igny8Error with the cure when they are not."""
    app = create_app()
    with app.app_context():
        schema.ensure_current()
    return app


def find_site(reference):
    """Return the row of a site by its name in addresses or its number; Igny8Error names those there are."""
    site = Site.find(reference)
    db.session.rollback()
    if site is None:
        with read_transaction() as tx:
            names = tx.execute(select(Site.slug).order_by(Site.slug)).scalars().all()
        raise Igny8Error(
            f"There is no site {reference!r}. "
            + (
                f"There are: {', '.join(names)}."
                if names
                else "Make one with “igny8 import-keywords SITE FILE”."
            )
        )
    return site


def find_or_create_site(reference) -> tuple:
    """Return the row of a site, and whether it was made just now."""
    with write_transaction() as tx:
        row = Site.find(reference, tx)
        if row is not None:
            return row, False
        slug = slugify(reference, max_length=80)
        if not slug:
            raise Igny8Error(
                f"{reference!r} has no letter or digit to make an address of; name the site otherwise."
            )
        row = Site.find(slug, tx)
        if row is not None:
            return row, False
        Site.create(tx, name=reference, slug=slug)
        return Site.find(slug, tx), True
