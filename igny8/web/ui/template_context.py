"""Global functions and variables of templates: menus, current user and site, static files."""

from collections.abc import Sequence

from flask import Flask, abort, g, request
from sqlalchemy import Row

from igny8 import poll_intervals
from igny8.extensions import db
from igny8.models import Site
from igny8.models.queries import review_queue, site_values
from igny8.web.auth.current_user import CurrentUser, has_right, is_visible_site
from igny8.web.ui.navigation import (
    ADMIN_TABS,
    FIND,
    INSTALLATION_MENU,
    SETTINGS_TABS,
    SUPERUSER_MENU,
    site_menu,
)
from igny8.web.ui.step_links import near, step_url
from igny8.web.ui.theme import current_theme

HTMX_CONFIG = (
    '{"noSwap":[204,304,"4xx","5xx"],"morphIgnore":["data-htmx-powered","open"],"history":false,'
    '"defaultTimeout":15000,"includeIndicatorCSS":false}'
)
MAX_SITES_IN_MENU = 30


def register(app: Flask) -> None:
    """Add the global names to the templates."""
    app.jinja_env.globals.update(
        htmx_config=HTMX_CONFIG,
        site_menu=site_menu,
        settings_tabs=SETTINGS_TABS,
        admin_tabs=ADMIN_TABS,
        superuser_menu=SUPERUSER_MENU,
        installation_menu=INSTALLATION_MENU,
        find_entry=FIND,
        poll_intervals=poll_intervals,
        near=near,
        step_url=step_url,
        current_site=current_site,
        switcher_sites=switcher_sites,
        review_waiting=review_waiting,
        theme=current_theme,
        has_right=has_right,
        current_user=current_user,
    )


def site_or_404(slug: str) -> Row:
    """Return the site in the address, loaded by the permission check; raise 404 without one."""
    if g.site is None or g.site.slug != slug:
        abort(404)
    return g.site


def current_user() -> CurrentUser | None:
    """Return the signed-in user, or None."""
    return g.get("current_user")


def current_site() -> Row | None:
    """Return the row of the site that this page belongs to, or None."""
    return g.get("site")


def switcher_sites() -> Sequence[Row]:
    """Return (slug, name) of the sites in the site menu, by name."""
    return site_values.names(db.session, is_visible_site(Site.id), MAX_SITES_IN_MENU)


def review_waiting() -> int:
    """Return the number of articles of the current site in review."""
    return review_queue.count(db.session, g.site.id)


def wants_partial() -> bool:
    """Return whether htmx sent the request and expects a partial instead of a redirect."""
    return request.headers.get("HX-Request") == "true"
