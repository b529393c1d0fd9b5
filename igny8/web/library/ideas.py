"""The ideas of a site: the list with its bulk actions, and one idea with its outline."""

from functools import partial

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from igny8.extensions import db
from igny8.models import Idea
from igny8.models.queries import ideas as queries
from igny8.providers.base import FORMATS
from igny8.web.library.ticked_run import run_ticked
from igny8.web.ui.list_view import BulkAction, ListView
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("ideas", __name__, url_prefix="/sites/<slug>/ideas")
LIST = ListView(
    "ideas",
    "idea",
    queries.list_query(FORMATS),
    {
        "disable": BulkAction(
            "Runs skip them until they are enabled again.", "disabled", Idea.disable
        ),
        "enable": BulkAction(
            "Runs process them again.", "enabled", partial(Idea.disable, disabled=False)
        ),
    },
)


@bp.get("")
def index(slug: str) -> str:
    """Show a page of the ideas."""
    site = site_or_404(slug)
    return render_template(
        "library/ideas/index.html", site=site, found=LIST.page(site), formats=FORMATS
    )


@bp.get("/<int:idea_id>")
def show(slug: str, idea_id: int) -> str:
    """Show an idea with its outline and its keywords."""
    site = site_or_404(slug)
    row = queries.find(db.session, site.id, idea_id) or abort(404)
    return render_template("library/ideas/show.html", site=site, row=row)


@bp.post("/change")
def bulk_action(slug: str) -> Response | str:
    """Disable or enable the selected ideas, or run only those."""
    site = site_or_404(slug)
    if request.form.get("verb") == "run":
        return run_ticked(site, stage=3)
    return LIST.bulk_action(site)
