"""Start a run over the selected rows of a list."""

from flask import flash, g, redirect, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8 import jobs
from igny8.engine.runs import start_run
from igny8.errors import ActionRefused
from igny8.web.auth.action_limits import enforce_rate_limit
from igny8.web.ui.request_args import ticked_ids


def run_ticked(site: Row, stage: int) -> Response:
    """Start a run over only the selected subjects of a stage; redirect to Automation.

    Raise ActionRefused if none is selected, TooManyRequests above the limit of starts. If a run is
    already open, none is started and a message says so.
    """
    ids = [int(ticked) for ticked in ticked_ids()]
    if not ids:
        raise ActionRefused("Nothing is selected. Select rows, then press “Run these”.", 422)
    enforce_rate_limit("start")
    user = g.current_user
    _, started = start_run.start_run(
        site.id, trigger=user.trigger, by=user.name, refuse=True, only=(stage, ids)
    )
    if not started:
        flash("A run is open already. Start the next one when it has ended.")
    jobs.wake_workers()
    return redirect(url_for("automation.index", slug=site.slug), 303)
