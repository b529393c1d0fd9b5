"""What stands around every page: the site it belongs to, the switcher, the review count, messages."""

from flask import Flask, abort, g, request
from sqlalchemy import func, select

from igny8.extensions import db
from igny8.models import Content, Site
from igny8.web.auth.current_user import has_right, is_visible_site
from igny8.web.ui.theme import current_theme

HTMX_CONFIG = (
    '{"noSwap":[204,304,"4xx","5xx"],"morphIgnore":["data-htmx-powered","open"],"history":false,'
    '"defaultTimeout":15000,"includeIndicatorCSS":false}'
)
NAVIGATION = (
    ("automation", "Automation"),
    ("keywords", "Keywords"),
    ("clusters", "Clusters"),
    ("ideas", "Ideas"),
    ("content", "Content"),
    ("review", "Review"),
    ("history", "Runs"),
    ("general", "Settings"),
)
MAX_SITES_IN_MENU = 30

site, content = Site.__table__, Content.__table__


def register(app: Flask) -> None:
    """Give the templates what base.html shows."""
    app.jinja_env.globals.update(
        htmx_config=HTMX_CONFIG,
        nav=NAVIGATION,
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
