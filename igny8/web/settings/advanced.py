"""Links to the pages of advanced settings."""

from flask import Blueprint, render_template

from igny8.web.ui.template_context import site_or_404

bp = Blueprint("advanced", __name__, url_prefix="/sites/<slug>/settings/advanced")
PAGES = (
    ("prompts.index", "Prompts", "What is sent to the models. Change it, preview it, reset it."),
    ("prices.index", "Prices", "What models cost. For all sites of this installation."),
    (
        "allowed_addresses.index",
        "Private addresses",
        "Servers of your own network that may be used. For all sites of this installation.",
    ),
)


@bp.get("")
def index(slug: str) -> str:
    """Show the links."""
    return render_template("settings/advanced.html", site=site_or_404(slug), pages=PAGES)
