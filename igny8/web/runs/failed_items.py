"""Retry failed items: one, those of one cause, or all; with another model or shorter."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from sqlalchemy import Row
from werkzeug.exceptions import UnprocessableEntity
from werkzeug.wrappers import Response

from igny8 import jobs
from igny8.engine.runs import retry
from igny8.engine.runs.run_creation import SettingChanges
from igny8.extensions import db
from igny8.formatting import pluralize
from igny8.models import Run
from igny8.models.base import is_row_id
from igny8.models.queries import site_values
from igny8.progress.failures import failure_groups
from igny8.providers.register import BUILT_IN
from igny8.stages import get_stage
from igny8.stages.provider_choice import EXPECTED_USAGE, server_choice
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.settings.models import model_field
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("failed_items", __name__, url_prefix="/sites/<slug>/runs/<run_id>/failed")
SAME, SHORTER_PERCENT = "", 60


@bp.post("/retry")
def retry_chosen(slug: str, run_id: str) -> Response:
    """Retry the failed items given by `item` or `cause` in the form, otherwise all."""
    site = site_or_404(slug)
    run = Run.find(db.session, site.id, run_id) or abort(404)
    stage, item_ids = _chosen_items(run)
    changes = _changes(site, stage)
    enforce_rate_limit("start")
    _, count = retry.retry_failed(
        site.id, run_id, by=g.current_user.name, item_ids=item_ids, changes=changes
    )
    jobs.wake_workers()
    flash(f"{pluralize(count, 'failed items')} will be tried again.")
    return redirect(url_for("automation.index", slug=slug), 303)


def retry_choices(site: Row, stage_key: str) -> dict[str, Any]:
    """Return the options to retry failed items of a stage: `models` as (value, label)."""
    models: list[tuple[str, str]] = []
    if stage_key in EXPECTED_USAGE:
        field, _ = model_field(stage_key)
        servers = site_values.endpoints_of(db.session, site.id)
        models = [(BUILT_IN, "the built-in provider")] + [
            (str(row.id), f"{getattr(row, field)} ({row.name})")
            for row in servers
            if getattr(row, field)
        ]
    return {"models": models, "can_be_shorter": stage_key == "write"}


def _chosen_items(run: Row) -> tuple[int | None, list[int] | None]:
    """Return the stage and ids of the items in the form, or (None, None) for all."""
    item, cause = request.form.get("item", ""), request.form.get("cause", "")
    if not item and not cause:
        return None, None
    for group in failure_groups(run.id):
        if is_row_id(item) and int(item) in group.item_ids:
            return group.stage, [int(item)]
        if cause == group.key:
            return group.stage, group.item_ids
    raise UnprocessableEntity("These items are not failed any more. Reload the page.")


def _changes(site: Row, stage: int | None) -> SettingChanges | None:
    """Return the changed settings in the form, None if there are none."""
    model, shorter = request.form.get("model", SAME), "shorter" in request.form
    if stage is None or (model == SAME and not shorter):
        return None
    key = get_stage(stage).KEY
    allowed = retry_choices(site, key)
    if model != SAME and model not in dict(allowed["models"]):
        raise UnprocessableEntity("Select a model from the list.")
    providers: dict[str, dict] = {}
    if model == BUILT_IN:
        providers[key] = {"provider": BUILT_IN}
    elif model != SAME:
        servers = {str(row.id): row for row in site_values.endpoints_of(db.session, site.id)}
        providers[key] = server_choice(servers[model])
    length = SHORTER_PERCENT if shorter and allowed["can_be_shorter"] else None
    return SettingChanges(providers, length)
