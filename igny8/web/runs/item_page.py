"""The page of one item of a run: attempts, prompts, answers, cost, parents and children."""

import json
from typing import Any

from flask import Blueprint, abort, render_template

from igny8 import progress
from igny8.models.queries.run_items import MAX_ANSWER_BYTES
from igny8.web.runs.failed_items import retry_choices
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("item_page", __name__, url_prefix="/sites/<slug>/items")


@bp.get("/<int:item_id>")
def show(slug: str, item_id: int) -> str:
    """Show an item of a run of this site."""
    site = site_or_404(slug)
    detail = progress.item_detail(site, item_id) or abort(404)
    return render_template(
        "runs/item_page.html",
        site=site,
        **detail,
        answers={row.id: _readable(row) for row in detail["requests"]},
        most_bytes=MAX_ANSWER_BYTES,
        retry=retry_choices(site, detail["stage_key"]),
    )


def _readable(row: Any) -> str | None:
    """Return the beginning of a stored answer, indented if it is complete JSON."""
    if not row.answer:
        return None
    text = bytes(row.answer).decode("utf-8", "replace").replace("\0", "")
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except ValueError:
        return text
