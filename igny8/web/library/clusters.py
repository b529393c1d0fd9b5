"""The clusters of a site: the list with its bulk actions, and one cluster."""

from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from igny8.extensions import db
from igny8.inventory.addresses import path_of
from igny8.models import Cluster, ClusterChange, Coverage, ideas_by_keyword
from igny8.models.coverage import CLUSTER
from igny8.models.queries import clusters as queries
from igny8.web.library.cluster_edit import MAX_MERGED
from igny8.web.ui.list_view import BulkAction, ListView
from igny8.web.ui.request_args import ticked_ids
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("clusters", __name__, url_prefix="/sites/<slug>/clusters")
MAX_NEIGHBOURS = 12
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
        "lock": BulkAction(
            "Runs add no keywords to them, and nobody moves any.", "locked", Cluster.lock
        ),
        "unlock": BulkAction(
            "New keywords may join them again.", "unlocked", partial(Cluster.lock, locked=False)
        ),
    },
)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the clusters."""
    site = site_or_404(slug)
    return render_template(
        "library/clusters/index.html",
        site=site,
        found=LIST.page(site),
        last=ClusterChange.latest(db.session, site.id),
    )


@bp.get("/<int:cluster_id>")
def show(slug: str, cluster_id: int) -> Response | str:
    """Show a cluster with its keywords, ideas and articles; a merged one redirects to the other."""
    site = site_or_404(slug)
    row = queries.find(db.session, site.id, cluster_id) or abort(404)
    if row.merged_into_id is not None:
        return redirect(url_for(".show", slug=slug, cluster_id=row.merged_into_id), 303)
    members = queries.keywords_of(db.session, cluster_id)
    ideas = queries.ideas_of(db.session, cluster_id)
    covered = queries.ideas_elsewhere(db.session, row) | ideas_by_keyword(ideas)
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
        names=queries.names(db.session, site.id, cluster_id),
        neighbours=queries.neighbours(db.session, row, MAX_NEIGHBOURS),
        last=ClusterChange.latest(db.session, site.id),
        left=sum(member.id not in covered for member in members if not member.disabled),
    )


@bp.post("/change")
def bulk_action(slug: str) -> Response | str:
    """Disable, lock or merge the selected clusters, or plan more ideas for them."""
    if request.form.get("verb") == "merge":
        ids = ticked_ids()
        return redirect(url_for("cluster_edit.merge_form", slug=slug, ids=ids[:MAX_MERGED]), 303)
    return LIST.bulk_action(site_or_404(slug))
