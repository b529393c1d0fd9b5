"""The workers with their state and work, crashed items, and stuck runs."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from igny8 import progress
from igny8.upkeep import schema
from igny8.version import version

bp = Blueprint("workers", __name__, url_prefix="/workers")


@bp.get("")
def index() -> ResponseReturnValue:
    """Show the workers, crashed items and stuck runs."""
    return render_template("admin/workers/index.html", **_page_data())


@bp.get("/live")
def live() -> ResponseReturnValue:
    """Return the partial that refreshes the page."""
    return render_template("admin/workers/_live.html", **_page_data())


def _page_data() -> dict:
    return {
        "fleet": progress.workers_overview(version()),
        "standing": progress.find_stuck_runs(),
        "tables": schema.compare_revision(schema.current_revision()),
    }
