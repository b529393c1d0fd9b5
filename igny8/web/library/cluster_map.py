"""The clusters of a site as a zoomable map, with the same figures as a table."""

from flask import Blueprint, render_template

from igny8.extensions import db
from igny8.models.queries import cluster_map as queries
from igny8.web.ui.request_args import row_id_arg
from igny8.web.ui.template_context import site_or_404
from igny8.web.ui.treemap import treemap

bp = Blueprint("cluster_map", __name__, url_prefix="/sites/<slug>/clusters/map")
WIDTH, HEIGHT = 1000.0, 560.0
ZOOM_SHARE = 0.5  # of the most searched clusters, that a step of the zoom leaves out
MAX_UNCOVERED = 50
LEVEL_NAMES = {
    "open": "no article planned",
    "planned": "article planned",
    "written": "article written",
    "live": "article live",
}


@bp.get("")
def index(slug: str) -> str:
    """Show the map; `from` is how many of the largest clusters are skipped to enlarge the rest."""
    site = site_or_404(slug)
    clusters = queries.mapped_clusters(db.session, site.id)
    skipped = min(row_id_arg("from") or 0, max(0, len(clusters) - 1))
    shown = clusters[skipped:]
    covered, total = queries.coverage(db.session, site.id)
    sizes = [max(1.0, float(one.demand or one.keywords)) for one in shown]
    shown = [one for _, one in sorted(zip(sizes, shown, strict=True), key=lambda pair: -pair[0])]
    tiles = treemap(sorted(sizes, reverse=True), WIDTH, HEIGHT) if shown else []
    return render_template(
        "library/clusters/map.html",
        site=site,
        tiles=list(zip(tiles, shown, strict=True)),
        clusters=clusters,
        skipped=skipped,
        further=skipped + max(1, int(len(shown) * ZOOM_SHARE)) if len(shown) > 3 else None,
        covered=covered,
        total=total,
        uncovered=queries.uncovered_keywords(db.session, site.id, MAX_UNCOVERED),
        levels=LEVEL_NAMES,
        size=(WIDTH, HEIGHT),
    )
