"""Explain why keywords are in one cluster, and suggest a split."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from igny8.engine.clusters import edits
from igny8.extensions import db, write_transaction
from igny8.models.base import is_row_id
from igny8.models.queries import clusters as queries
from igny8.providers.base import ClusterReasons
from igny8.providers.builtin.subprocess_clustering import explain_in_subprocess
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.library.cluster_edit import find
from igny8.web.ui.filters import plural
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("cluster_reasons", __name__, url_prefix="/sites/<slug>/clusters/<int:cluster_id>")
MAX_PARTS = 10


@bp.get("/why")
def show(slug: str, cluster_id: int) -> str:
    """Show the nearest members, shared words and parent topics, and a suggested split."""
    site = site_or_404(slug)
    row = find(site, cluster_id)
    enforce_rate_limit("cluster reasons")
    members = queries.phrases_of(db.session, cluster_id)
    found = reasons(site, members)
    return render_template(
        "library/clusters/why.html",
        site=site,
        row=row,
        members=members,
        reasons=found,
        topics=Counter(each.parent_topic for each in members if each.parent_topic).most_common(),
        parts=parts_of(found, members),
        most=queries.MAX_COMPARED,
    )


@bp.post("/split")
def split(slug: str, cluster_id: int) -> Response:
    """Move each chosen part of the suggested split to a new cluster.

    `part` are the numbers of the chosen parts; `name-2`, `ids-2` are name and keywords of part 2.
    """
    site = site_or_404(slug)
    find(site, cluster_id)
    groups = [
        (" ".join(request.form.get(f"name-{part}", "").split())[: edits.MAX_NAME_CHARS], ids)
        for part in request.form.getlist("part")[:MAX_PARTS]
        if (ids := _ids(part))
    ]
    if not groups or not all(name for name, _ in groups):
        raise BadRequest("Choose at least one part, and enter a name for each.")
    db.session.remove()
    with write_transaction() as tx:
        edits.split(tx, site.id, cluster_id, groups, g.current_user.name)
    flash(f"Split into {plural(len(groups) + 1, 'cluster')}.")
    return redirect(url_for("clusters.show", slug=slug, cluster_id=cluster_id), 303)


def reasons(site: Row[Any], members: Sequence[Row[Any]]) -> ClusterReasons:
    """Return why keywords are in one cluster, computed by a child process."""
    db.session.remove()
    return explain_in_subprocess(tuple(each.phrase for each in members), site.language)


def parts_of(found: ClusterReasons, members: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    """Return the keywords of each part of the suggested split, largest part first."""
    numbers = sorted({part for part in found.parts if part >= 0})
    parts = [
        [each for each, part in zip(members, found.parts, strict=True) if part == number]
        for number in numbers
    ]
    return sorted(parts, key=len, reverse=True)


def _ids(part: str) -> list[int]:
    sent = request.form.get(f"ids-{part}", "").split(",")
    return [int(each) for each in sent[: queries.MAX_COMPARED] if is_row_id(each)]
