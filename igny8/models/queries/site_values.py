"""Settings of a site, its model servers and its images."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from igny8.models import CircuitBreaker, Image, ProviderEndpoint, Site, SiteSettings
from igny8.models.base import Executor
from igny8.models.run_stage import BUILT_IN

settings, endpoint = SiteSettings.__table__, ProviderEndpoint.__table__
breaker, image = CircuitBreaker.__table__, Image.__table__


def any_site_exists(tx: Executor) -> bool:
    """Return whether the installation has a site."""
    return tx.execute(select(Site.id).limit(1)).first() is not None


def names(tx: Executor, is_visible: ColumnElement[bool], limit: int) -> Sequence[Row]:
    """Return (slug, name) of the visible sites by name."""
    query = select(Site.slug, Site.name).where(is_visible).order_by(Site.name)
    return tx.execute(query.limit(limit)).all()


def settings_of(tx: Executor, site_id: int) -> Mapping[str, Any]:
    """Return the stored settings of a site by stored column name, empty if there are none."""
    query = select(settings).where(settings.c.site_id == site_id)
    return dict(tx.execute(query).mappings().first() or {})


def stage_providers(tx: Executor, site_id: int) -> dict[str, dict]:
    """Return the chosen providers of a site by stage key: {provider, endpoint, model}."""
    query = select(settings.c.providers).where(settings.c.site_id == site_id)
    return tx.execute(query).scalar() or {}


def endpoints_of(tx: Executor, site_id: int) -> Sequence[Row]:
    """Return the model servers of a site by name."""
    return tx.execute(
        select(endpoint).where(endpoint.c.site_id == site_id).order_by(endpoint.c.name)
    ).all()


def open_breakers(tx: Executor, keys: Sequence[str]) -> dict[str, Row]:
    """Return the circuit breakers that are open now, by key."""
    query = select(breaker).where(breaker.c.key.in_(keys), breaker.c.open_until.is_not(None))
    return {row.key: row for row in tx.execute(query)}


def title_card(tx: Executor, content_id: int) -> Row | None:
    """Return the title card of an article that the built-in provider made, or None."""
    return tx.execute(
        select(image).where(
            image.c.content_id == content_id,
            image.c.position == 0,
            image.c.status == "generated",
            image.c.provider == BUILT_IN,
        )
    ).first()


def image_style(tx: Executor, site_id: int) -> tuple[str, str, str]:
    """Return the primary colour, the secondary colour and the name for images of a site."""
    query = select(settings.c.color_primary, settings.c.color_secondary, Site.name)
    query = query.join(Site, Site.id == settings.c.site_id)
    row = tx.execute(query.where(Site.id == site_id)).one()
    return row.color_primary, row.color_secondary, row.name
