"""What stands around every page: the site it belongs to, the switcher, the review count, messages."""

from pathlib import Path

from flask import Flask, abort, g, request, url_for
from sqlalchemy import func, select

from igny8.extensions import db
from igny8.models import Content, Site, SiteSettings
from igny8.web.theme import chosen

HTMX = ('{"noSwap":[204,304,"4xx","5xx"],"morphIgnore":["data-htmx-powered","open"],"history":false,'
        '"defaultTimeout":15000,"includeIndicatorCSS":false}')
NAV = (("automation", "Automation"), ("keywords", "Keywords"), ("clusters", "Clusters"), ("ideas", "Ideas"),
       ("content", "Content"), ("review", "Review"), ("runs", "Runs"), ("settings", "Settings"))
MOST_SITES = 30

site, site_settings, content = Site.__table__, SiteSettings.__table__, Content.__table__


def register(app: Flask) -> None:
    """Give the templates what base.html shows."""
    versions: dict[str, str] = {}

    def asset(name: str) -> str:
        """Return the address of a static file with a mark that changes with its content."""
        if name not in versions or app.debug:
            versions[name] = f"{Path(app.static_folder, name).stat().st_mtime_ns:x}"[-10:]
        return url_for("static", filename=name, v=versions[name])

    app.jinja_env.globals.update(asset=asset, htmx_config=HTMX, nav=NAV, current_site=current_site,
                                 other_sites=other_sites, review_waiting=review_waiting, theme=chosen)


def site_or_404(slug: str):
    """Return the row of a site (with its time zone) and remember it for the page, or answer 404."""
    row = db.session.execute(
        select(site, site_settings.c.time_zone)
        .outerjoin(site_settings, site_settings.c.site_id == site.c.id).where(site.c.slug == slug)).first()
    return remember_site(row)


def remember_site(row):
    """Return the row of the page's site after remembering it, or answer 404 when there is none."""
    if row is None:
        abort(404, "There is no such site here. Choose one from the list of your sites.")
    g.site, g.time_zone = row, row.time_zone
    return row


def current_site():
    """Return the row of the site that this page belongs to, or None."""
    return g.get("site")


def other_sites() -> list:
    """Return (slug, name) of the sites for the switcher, by name."""
    return db.session.execute(select(site.c.slug, site.c.name).order_by(site.c.name).limit(MOST_SITES)).all()


def review_waiting() -> int:
    """Return how many contents of the current site wait for a decision."""
    return db.session.execute(select(func.count()).select_from(content).where(
        content.c.site_id == g.site.id, content.c.status == "review",
        content.c.handed_over.is_(True))).scalar_one()


def wants_partial() -> bool:
    """Say whether htmx asks, and so wants a partial rather than a redirect."""
    return request.headers.get("HX-Request") == "true"
