"""The clusters of a site: the list with its bulk actions, and one cluster."""

from functools import partial

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response

from igny8.extensions import db
from igny8.inventory.addresses import path_of
from igny8.models import Cluster, Coverage, ideas_by_keyword
from igny8.models.coverage import CLUSTER
from igny8.models.queries import clusters as queries
from igny8.web.ui.list_view import BulkAction, ListView
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("clusters", __name__, url_prefix="/sites/<slug>/clusters")
LIST = ListView(
    "clusters",
    "cluster",
    queries.LIST,
    {
        "disable": BulkAction(
            "Runs skip them until they are enabled again.", "disabled", Cluster.disable
        ),
        "enable": BulkAction(
            "Runs process them again.", "enabled", partial(Cluster.disable, disabled=False)
        ),
        "plan": BulkAction(
            "The next run plans more ideas for keywords that are not covered yet.",
            "will get more ideas in the next run",
            Cluster.request_more_ideas,
        ),
    },
)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the clusters."""
    site = site_or_404(slug)
    return render_template("library/clusters/index.html", site=site, found=LIST.page(site))


@bp.get("/<int:cluster_id>")
def show(slug: str, cluster_id: int) -> str:
    """Show a cluster with its keywords, ideas and articles."""
    site = site_or_404(slug)
    row = queries.find(db.session, site.id, cluster_id) or abort(404)
    members = queries.keywords_of(db.session, cluster_id)
    ideas = queries.ideas_of(db.session, cluster_id)
    covered = ideas_by_keyword(ideas)
    return render_template(
        "library/clusters/show.html",
        site=site,
        row=row,
        members=members,
        ideas=ideas,
        texts=queries.articles_of(db.session, cluster_id),
        covered=covered,
        closest=Coverage.of_subjects(db.session, CLUSTER, [cluster_id]).get(cluster_id),
        path_of=path_of,
        left=sum(member.id not in covered for member in members if not member.disabled),
    )


@bp.post("/change")
def bulk_action(slug: str) -> Response | str:
    """Disable or enable the selected clusters, or plan more ideas for them."""
    return LIST.bulk_action(site_or_404(slug))
