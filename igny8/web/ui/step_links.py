"""The address of the button of a next step."""

from typing import Any

from flask import g, url_for

from igny8.models.membership import MANAGE, WORK
from igny8.web.auth.current_user import has_right

ENDPOINTS = {  # page of a next step → endpoint, right that it needs
    "review": ("review.index", None),
    "approval": ("approvals.index", None),
    "imports": ("imports.index", WORK),
    "import": ("imports.show", WORK),
    "approved": ("content.index", None),
    "models": ("models.index", MANAGE),
    "run": ("run_page.show", None),
}


def near(endpoint: str, **values: Any) -> str:
    """Return the address of a page of the current site, relative to its Automation page."""
    slug = g.site.slug
    return url_for(endpoint, slug=slug, **values).removeprefix(url_for("sites.show", slug=slug))


def step_url(step: dict[str, Any], slug: str, run: dict[str, Any] | None) -> str | None:
    """Return the address of a step's page; None without a page or the right to open it.

    `run` is the displayed run in the form of a snapshot.
    """
    page = step["page"]
    if page == "workers":
        return url_for("workers.index") if g.current_user.is_superuser else None
    endpoint, right = ENDPOINTS.get(page, ("", None))
    if not endpoint or (right is not None and not has_right(right)):
        return None
    values: dict[str, Any] = {"slug": slug}
    if page == "import":
        values["import_id"] = step["subject"]
    elif page == "approved":
        values["status"] = "approved"
    elif page == "run" and run is not None:
        values["run_id"] = run["run_id"]
    return url_for(endpoint, **values)
