"""What stands around every page: the site it belongs to, the switcher, the review count, messages."""

from pathlib import Path

from flask import Flask, abort, g, request, url_for
from sqlalchemy import func, select

from igny8 import poll_intervals
from igny8.extensions import db
from igny8.models import Content, Site
from igny8.web.auth.current_user import has_right, is_visible_site
from igny8.web.ui.navigation import (
    ADMIN_TABS,
    INSTALLATION_MENU,
    SETTINGS_TABS,
    SUPERUSER_MENU,
    site_menu,
)
from igny8.web.ui.theme import current_theme

HTMX_CONFIG = (
    '{"noSwap":[204,304,"4xx","5xx"],"morphIgnore":["data-htmx-powered","open"],"history":false,'
    '"defaultTimeout":15000,"includeIndicatorCSS":false}'
)
MAX_SITES_IN_MENU = 30

site, content = Site.__table__, Content.__table__


def register(app: Flask) -> None:
    """Give the templates what base.html shows."""
    versions: dict[str, str] = {}

    def asset(name: str) -> str:
        """Return the address of a static file with a mark that changes with its content."""
        if name not in versions or app.debug:
            versions[name] = f"{Path(app.static_folder, name).stat().st_mtime_ns:x}"[-10:]
        return url_for("static", filename=name, v=versions[name])

    app.jinja_env.globals.update(
        asset=asset,
        htmx_config=HTMX_CONFIG,
        site_menu=site_menu,
        settings_tabs=SETTINGS_TABS,
        admin_tabs=ADMIN_TABS,
        superuser_menu=SUPERUSER_MENU,
        installation_menu=INSTALLATION_MENU,
        poll_intervals=poll_intervals,
        current_site=current_site,
        switcher_sites=switcher_sites,
        review_waiting=review_waiting,
        theme=current_theme,
        has_right=has_right,
        current_user=current_user,
    )


def site_or_404(slug: str):
    """Return the row of the site in the address (with its time zone and its tag), which the gate let pass."""
    if g.site is None or g.site.slug != slug:
        abort(404)
    return g.site


def current_user():
    """Return who is signed in, or None."""
    return g.get("current_user")


def current_site():
    """Return the row of the site that this page belongs to, or None."""
    return g.get("site")


def switcher_sites() -> list:
    """Return (slug, name) of the sites for the switcher, by name."""
    return db.session.execute(
        select(site.c.slug, site.c.name)
        .where(is_visible_site(site.c.id))
        .order_by(site.c.name)
        .limit(MAX_SITES_IN_MENU)
    ).all()


def review_waiting() -> int:
    """Return how many contents of the current site wait for a decision."""
    return db.session.execute(
        select(func.count())
        .select_from(content)
        .where(
            content.c.site_id == g.site.id,
            content.c.status == "review",
            content.c.handed_over.is_(True),
        )
    ).scalar_one()


def wants_partial() -> bool:
    """Say whether htmx asks, and so wants a partial rather than a redirect."""
    return request.headers.get("HX-Request") == "true"
