"""Find a page or a title of a site, for the palette (static/palette.js)."""

from flask import Blueprint, current_app, render_template, url_for

from igny8.extensions import db
from igny8.models.membership import MANAGE
from igny8.models.queries.titles import find_titles
from igny8.web.auth.current_user import has_right
from igny8.web.ui.navigation import SETTINGS_TABS, site_menu
from igny8.web.ui.request_args import search_arg
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("find", __name__, url_prefix="/sites/<slug>/find")
PAGES = {  # kind of a row: its page and the name of its id there
    "article": ("content.show", "content_id"),
    "cluster": ("clusters.show", "cluster_id"),
    "idea": ("ideas.show", "idea_id"),
    "keyword": ("keywords.show", "keyword_id"),
}
MIN_CHARS = 2


@bp.get("")
def index(slug: str) -> str:
    """Show the pages of a site and the rows whose titles contain the search text."""
    site, text = site_or_404(slug), search_arg()
    found = [
        (label, "page", url) for label, url in _pages(slug) if text.casefold() in label.casefold()
    ]
    if len(text) >= MIN_CHARS:
        for row in find_titles(db.session, site.id, text):
            endpoint, name = PAGES[row.kind]
            found.append((row.title, row.kind, url_for(endpoint, slug=slug, **{name: row.id})))
    return render_template("ui/find.html", site=site, found=found, text=text)


def _pages(slug: str) -> list[tuple[str, str]]:
    """Return (label, address) of all menu pages that the user may open."""
    pages = [(item.label, item.url(slug)) for item in site_menu()]
    if has_right(MANAGE):
        pages += [(f"Settings: {tab.label}", tab.url(slug)) for tab in SETTINGS_TABS]
        pages += [
            (f"Settings: {name.replace('_', ' ')}", url_for(f"{name}.index", slug=slug))
            for tab in SETTINGS_TABS
            for name in tab.more_blueprints
            if f"{name}.index" in current_app.view_functions
        ]
    return [*pages, ("All sites", url_for("sites.index")), ("Account", url_for("account.index"))]
